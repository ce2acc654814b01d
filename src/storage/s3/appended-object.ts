import { ObjectChangedError, type StorageKey } from '../storage-key.ts';
import type { Bucket, S3Object } from './bucket.ts';
import { isS3Error } from './errors.ts';
import { MultipartUpload } from './multipart-upload.ts';

/*
 * S3 cannot append. What is appended to under KEY is kept as
 *
 *   KEY                     while it is short: an ordinary object, read and put again by the next append
 *   a multipart upload      from the first whole part on; CNCF distribution keeps its uploads so as well, so that one that
 *   to KEY                  either began the other can go on with
 *   .NAME.tail              beside KEY, when the last part is shorter than S3 takes in the middle: its bytes once more,
 *                           since parts cannot be read, for the next append to begin with
 *
 * A multipart upload with parts is what counts, else the object, else an upload without parts.
 */
export type Appended =
  | { readonly kind: 'none' }
  | { readonly kind: 'object'; readonly object: S3Object }
  | { readonly kind: 'parts'; readonly upload: MultipartUpload };

export async function findAppended(bucket: Bucket, key: StorageKey): Promise<Appended> {
  const [object, uploads] = await Promise.all([bucket.head(key), MultipartUpload.list(bucket, key)]);
  const [longest] = uploads.sort((a, b) => b.size - a.size);
  if (longest && (longest.parts.length > 0 || !object)) return { kind: 'parts', upload: longest };
  return object ? { kind: 'object', object } : { kind: 'none' };
}

/**
 * Makes an ordinary object of what was appended, and makes sure that it is that: another process may do the same to an
 * upload of its own. `undefined` when there is nothing.
 * @throws {ObjectChangedError}
 */
export async function sealAppended(bucket: Bucket, key: StorageKey, found: Appended): Promise<S3Object | undefined> {
  if (found.kind === 'object') return found.object;
  if (found.kind === 'none') return undefined;
  const etag = await makeObject(bucket, key, found.upload);
  const object = await bucket.head(key);
  if (object?.etag !== etag) throw new ObjectChangedError(key);
  return object;
}

async function makeObject(bucket: Bucket, key: StorageKey, upload: MultipartUpload): Promise<string> {
  if (upload.parts.length === 0) {
    await upload.abort();
    return bucket.put(key, new Uint8Array());
  }
  return upload.complete().catch((error: unknown) => {
    // Completed or given up by somebody else; or by us, when the answer to a first try was lost.
    throw isS3Error(error, 'NoSuchUpload', 'InvalidPart') ? new ObjectChangedError(key, { cause: error }) : error;
  });
}

export function versionOf(found: Exclude<Appended, { kind: 'none' }>): string {
  return found.kind === 'parts' ? found.upload.version : found.object.version;
}

/** Behind a dot, so that no key of a caller's is the same. */
function tailPath(key: StorageKey): StorageKey {
  const slash = key.lastIndexOf('/') + 1;
  return `${key.slice(0, slash)}.${key.slice(slash)}.tail` as StorageKey; // ours alone: parsers refuse the dot
}

/** Keeps the bytes of the last part for the next append. */
export async function putTail(bucket: Bucket, key: StorageKey, bytes: Uint8Array, partEtag: string): Promise<void> {
  await bucket.put(tailPath(key), bytes, { part: encodeURIComponent(partEtag) });
}

/** The bytes of the last part, when they are at hand and are just those. */
export async function findTail(bucket: Bucket, key: StorageKey, upload: MultipartUpload): Promise<Buffer | undefined> {
  const [last, tail] = [upload.parts.at(-1), await bucket.head(tailPath(key))];
  if (!last || tail?.metadata.part !== encodeURIComponent(last.etag)) return undefined;
  const bytes = await readWhole(bucket, tailPath(key), last.size);
  return bytes.byteLength === last.size ? bytes : undefined;
}

export async function removeTail(bucket: Bucket, key: StorageKey): Promise<void> {
  await bucket.remove(tailPath(key));
}

/** The first `size` bytes of an object. */
export async function readWhole(bucket: Bucket, key: StorageKey, size: number): Promise<Buffer> {
  const source = await bucket.get(key, { length: size });
  const chunks: Buffer[] = [];
  if (source && source !== 'empty') for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
