import type { JsonObject } from '../core/index.ts';
import { MetadataInvalidError, MetadataMalformedError } from './errors.ts';
import { findInstant, NO_EXPIRY } from './expiry.ts';
import { readInteger, readString } from './member.ts';

/** What all metadata has. */
export interface SignedCommon {
  readonly version: number;
  /** RFC 3339, as the metadata has it. */
  readonly expires: string;
  /** Members we do not know, at the top of `signed`. */
  readonly extra: JsonObject;
}

/** Value of `_type` by kind of metadata; delegations are `Targets` too. */
export type MetadataType = 'Root' | 'Targets' | 'Snapshot' | 'Timestamp';

/** The members every role has, read and checked; `rest` is what is left of `signed`. */
export interface CommonMembers {
  readonly type: string;
  readonly version: number;
  readonly expires: string;
  readonly rest: JsonObject;
}

/** @throws {MetadataMalformedError} a member of the wrong kind, or a date that is none */
export function readCommon(signed: JsonObject): CommonMembers {
  const { _type, version, expires, ...rest } = signed;
  const date = expires === undefined || expires === null ? NO_EXPIRY : readString(expires, 'expires');
  if (!findInstant(date)) throw new MetadataMalformedError('malformed metadata: expires is not a date');
  return { type: readString(_type, '_type'), version: readInteger(version, 'version'), expires: date, rest };
}

/** @throws {MetadataInvalidError} another type, or a version below 1 */
export function verifyCommon(role: string, { type, version }: CommonMembers, wanted: MetadataType): void {
  if (type !== wanted) throw new MetadataInvalidError(role, `expected type ${wanted}, not ${type}`);
  if (version >= 1) return;
  throw new MetadataInvalidError(role, `version cannot be less than ${role === 'root' ? '1' : 'one'}`);
}
