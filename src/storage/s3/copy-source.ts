import type { StorageKey } from '../storage-key.ts';
import type { Bucket, S3Object } from './bucket.ts';
import { isS3Error } from './errors.ts';

/** Names an object to copy; with `CopySourceIfMatch`, as it was seen and no other. */
export interface CopySource {
  readonly CopySource: string;
  readonly CopySourceIfMatch?: string;
}

/**
 * Makes a copy request on condition that the object is the one that was seen. OpenStack Swift refuses the condition for
 * objects that came in parts, whose ETag it does not know again: there the object is looked at once more instead.
 */
export async function copyAsSeen<T>(
  bucket: Bucket,
  from: StorageKey,
  seen: S3Object,
  copy: (source: CopySource) => Promise<T>,
): Promise<T> {
  const path = bucket.pathOf(from).split('/').map(encodeURIComponent).join('/');
  const source = { CopySource: `${bucket.name}/${path}` };
  try {
    return await copy({ ...source, CopySourceIfMatch: seen.etag });
  } catch (error) {
    const isUnchanged = async () => (await bucket.head(from))?.version === seen.version;
    if (isS3Error(error, 'PreconditionFailed') && (await isUnchanged())) return copy(source);
    throw error;
  }
}
