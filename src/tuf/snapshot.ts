import type { JsonObject } from '../core/index.ts';
import { readCommon, type SignedCommon, verifyCommon } from './common.ts';
import { MetadataInvalidError } from './errors.ts';
import { type FileMeta, findHashProblem, formatFileMeta, parseFileMeta } from './file-meta.ts';
import { formatMap, readMap } from './member.ts';

/** Content of `snapshot.json`: which bytes are current for root, targets and each delegation. */
export interface Snapshot extends SignedCommon {
  /** By role name, without `.json`. */
  readonly meta: ReadonlyMap<string, FileMeta>;
}

/** Content of `timestamp.json`: which bytes are the current snapshot. */
export interface Timestamp extends SignedCommon {
  /** `snapshot` alone. */
  readonly meta: ReadonlyMap<string, FileMeta>;
}

/** @throws {MetadataMalformedError | MetadataInvalidError} */
export function parseSnapshot(signed: JsonObject): Snapshot {
  return parseMeta('snapshot', 'Snapshot', ['root', 'targets'], signed);
}

/** @throws {MetadataMalformedError | MetadataInvalidError} */
export function parseTimestamp(signed: JsonObject): Timestamp {
  return parseMeta('timestamp', 'Timestamp', ['snapshot'], signed);
}

function parseMeta(
  role: string,
  type: 'Snapshot' | 'Timestamp',
  required: readonly string[],
  signed: JsonObject,
): Snapshot | Timestamp {
  const common = readCommon(signed);
  const { meta, ...extra } = common.rest;
  const { version, expires } = common;
  const parsed = { version, expires, meta: readMap(meta, 'meta', parseFileMeta), extra };
  verifyCommon(role, common, type);
  for (const name of required) verifyCovers(role, name, parsed.meta.get(name));
  return parsed;
}

function verifyCovers(container: string, name: string, meta: FileMeta | undefined): void {
  if (!meta?.hashes.has('sha256')) {
    throw new MetadataInvalidError(container, `missing ${name} sha256 checksum information`);
  }
  const problem = findHashProblem(meta);
  if (problem) throw new MetadataInvalidError(container, `invalid ${name} checksum information, ${problem}`);
}

export function formatSnapshot(snapshot: Snapshot): JsonObject {
  return formatMeta('Snapshot', snapshot);
}

export function formatTimestamp(timestamp: Timestamp): JsonObject {
  return formatMeta('Timestamp', timestamp);
}

function formatMeta(
  type: 'Snapshot' | 'Timestamp',
  { version, expires, meta, extra }: Snapshot | Timestamp,
): JsonObject {
  return { ...extra, _type: type, expires, meta: formatMap(meta, formatFileMeta), version };
}
