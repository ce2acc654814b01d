import type { Gun, PublicKey, RoleName } from '../tuf/index.ts';

/** Which file of a role: the current one, or one by hash or version; `maxBytes` of it at most. */
export interface MetadataRequest {
  /** Lower-case hex. */
  readonly sha256?: string;
  readonly version?: number;
  readonly maxBytes: number;
}

/** What trust data is fetched from and sent to. A Notary client is one; nothing it says is believed. */
export interface TrustServer {
  /** `notaryserver:4443`, for messages. */
  readonly host: string;
  /** Errors are told apart by `code`, see `isNotFound` and `isUnreachable`. */
  getMetadata(gun: Gun, role: RoleName, request: MetadataRequest): Promise<Buffer>;
  /** The public part of a key that the server holds for `role`. */
  getKey(gun: Gun, role: RoleName): Promise<PublicKey>;
  /** All or nothing. */
  publish(gun: Gun, files: ReadonlyMap<RoleName, Uint8Array>): Promise<void>;
}

/** The server answered that it has no such file. */
export const NOT_FOUND = 'NOTARY_NOT_FOUND';
/** No connection, or no usable one. */
export const NETWORK = 'NOTARY_NETWORK';
/** The server answered with an error that is not about what was asked: 401, 403, 5xx, … */
export const UNAVAILABLE = 'NOTARY_UNAVAILABLE';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

export function isNotFound(error: unknown): boolean {
  return codeOf(error) === NOT_FOUND;
}

/** Whether a client with a cache that still holds may carry on with it. So may it when told "not found". */
export function isUnreachable(error: unknown): boolean {
  const code = codeOf(error);
  return code === NOT_FOUND || code === NETWORK || code === UNAVAILABLE;
}
