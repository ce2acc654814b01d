import { createHash, timingSafeEqual } from 'node:crypto';
import type { JsonObject, JsonValue } from '../core/index.ts';
import { ChecksumMismatchError, ChecksumMissingError } from './errors.ts';
import { formatMap, readBase64, readInteger, readMap, readObject } from './member.ts';
import { LengthMismatchError } from './strict-errors.ts';
import { COMPAT, type VerificationRules } from './verification.ts';

/** Length in bytes and hashes of a target or a metadata file. */
export interface FileMeta {
  readonly length: number;
  /** By algorithm, `sha256`, `sha512`; others are kept and not checked. */
  readonly hashes: ReadonlyMap<string, Buffer>;
  /** `custom` and members we do not know. */
  readonly extra: JsonObject;
}

/** Algorithms that are checked, in this order, and their sizes in bytes. */
export const HASH_ALGORITHMS: ReadonlyMap<string, number> = new Map([
  ['sha256', 32],
  ['sha512', 64],
]);

/** Hashes of `bytes` by both algorithms, as snapshot and timestamp carry them. */
export function fileMetaOf(bytes: Uint8Array): FileMeta {
  const hashes = [...HASH_ALGORITHMS.keys()].map((name) => [name, createHash(name).update(bytes).digest()] as const);
  return { length: bytes.byteLength, hashes: new Map(hashes), extra: {} };
}

export function parseFileMeta(value: JsonValue | undefined): FileMeta {
  const { length, hashes, ...extra } = readObject(value, 'file meta');
  return { length: readInteger(length, 'length'), hashes: readMap(hashes, 'hashes', readBase64), extra };
}

export function formatFileMeta({ length, hashes, extra }: FileMeta): JsonObject {
  return { ...extra, hashes: formatMap(hashes, (hash) => hash.toString('base64')), length };
}

/** Why `meta` cannot vouch for a metadata file, in Notary's words; `undefined` when it can. */
export function findHashProblem({ hashes }: FileMeta): string | undefined {
  const known = [...HASH_ALGORITHMS].filter(([algorithm]) => hashes.has(algorithm));
  const broken = known.find(([algorithm, size]) => hashes.get(algorithm)?.length !== size);
  if (broken) return `${broken[0]} checksum invalid`;
  return known.length === 0 ? 'at least one supported hash needed' : undefined;
}

/**
 * Requires `bytes` to be what `meta` promises (TUF v1.0.34 §5.5.2, §5.6.2): every hash we know, and no byte more; strictly,
 * no byte less. `subject` names the file in messages. A missing `meta` promises nothing.
 * @throws {ChecksumMismatchError | ChecksumMissingError | LengthMismatchError}
 */
export function verifyFileMeta(
  subject: string,
  bytes: Uint8Array,
  meta: FileMeta | undefined,
  { isLengthExact }: Pick<VerificationRules, 'isLengthExact'> = COMPAT,
): void {
  const known = [...HASH_ALGORITHMS.keys()].flatMap((algorithm) => {
    const expected = meta?.hashes.get(algorithm);
    return expected ? [{ algorithm, expected }] : [];
  });
  const [first] = known;
  if (!meta || !first) throw new ChecksumMissingError(subject);
  // A real client reads `length` bytes at most, so bytes beyond it end in a checksum that does not match.
  const offered = bytes.subarray(0, meta.length);
  for (const { algorithm, expected } of known) {
    const found = createHash(algorithm).update(offered).digest();
    if (found.length === expected.length && timingSafeEqual(found, expected) && offered.length === bytes.length)
      continue;
    throw new ChecksumMismatchError(subject, algorithm, {
      expected: expected.toString('hex'),
      found: found.toString('hex'),
    });
  }
  if (isLengthExact) verifyLength(subject, meta, bytes.length);
}

/**
 * Requires what was found under a target's hash to have the length that was signed beside it, in bytes (TUF v1.0.34
 * §5.7.3). @throws {LengthMismatchError}
 */
export function verifyLength(subject: string, { length }: Pick<FileMeta, 'length'>, found: number): void {
  if (length !== found) throw new LengthMismatchError(subject, length, found);
}
