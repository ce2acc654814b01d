import { createHash, type Hash } from 'node:crypto';
import { TrustSandboxError } from './errors.ts';

declare const digestBrand: unique symbol;
/** Content identifier `<algorithm>:<lower-case hex>`. Only `parseDigest`, `digestOf` and a `Digester` make one. */
export type Digest = string & { readonly [digestBrand]: true };

/** Hash algorithms a digest may name (image-spec v1.1, descriptor.md, "Registered algorithms"). */
export type DigestAlgorithm = 'sha256' | 'sha512';

const ENCODED = new Map<string, RegExp>([
  ['sha256', /^[0-9a-f]{64}$/],
  ['sha512', /^[0-9a-f]{128}$/],
]);

/** Text that should be a digest and is not. */
export class DigestInvalidError extends TrustSandboxError {
  readonly code = 'DIGEST_INVALID';
  readonly text: string;
  constructor(text: string) {
    super(`invalid digest ${JSON.stringify(text.slice(0, 160))}: want sha256:<64 hex> or sha512:<128 hex>`);
    this.text = text;
  }
}

/** Content that does not hash to the digest it was promised under. */
export class DigestMismatchError extends TrustSandboxError {
  readonly code = 'DIGEST_MISMATCH';
  readonly expected: Digest;
  readonly found: Digest;
  constructor(expected: Digest, found: Digest) {
    super(`content has digest ${found}, expected ${expected}`);
    this.expected = expected;
    this.found = found;
  }
}

export function isDigest(text: string): text is Digest {
  const colon = text.indexOf(':');
  return ENCODED.get(text.slice(0, colon))?.test(text.slice(colon + 1)) ?? false;
}

/**
 * Reads a digest as it stands on the wire (image-spec v1.1, descriptor.md, "Digests").
 * @throws {DigestInvalidError} unknown algorithm, wrong length, upper-case or other bytes
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new DigestInvalidError(text);
  return text; // the one narrowing: everything past here is checked
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

/** The part after the colon, lower-case hex. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return new Digester(algorithm).update(bytes).digest();
}

/** Hashes a stream of bytes and counts them. */
export class Digester {
  readonly algorithm: DigestAlgorithm;
  /** Bytes seen so far. */
  size = 0;
  readonly #hash: Hash;

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(bytes: Uint8Array | string): this {
    this.size += typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
    this.#hash.update(bytes);
    return this;
  }

  /** The digest of all bytes so far; more may follow. */
  digest(): Digest {
    return `${this.algorithm}:${this.#hash.copy().digest('hex')}` as Digest;
  }
}
