import { isErrno } from '../files/index.ts';

/** What S3 servers answer under these names; Amazon's is never full. */
const FULL_BUCKET: ReadonlySet<string> = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage']);

/**
 * Did a write fail since there is no room for it: on the disk, in a quota, in the bucket's? Nothing is half-written then, and
 * the same succeeds once there is.
 */
export function isStorageFull(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isErrno(cause, 'ENOSPC', 'EDQUOT') || FULL_BUCKET.has(cause.name)) return true;
  }
  return false;
}
