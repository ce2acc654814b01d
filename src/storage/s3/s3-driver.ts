import { Readable } from 'node:stream';
import type { StorageDriver } from '../driver.ts';
import { isKeyName, KeyNotFoundError, ObjectChangedError, type StorageKey, storageKey } from '../storage-key.ts';
import { type AppendStart, AppendWriter, startAfter } from './append-writer.ts';
import { type Appended, findAppended, findTail, removeTail, sealAppended, versionOf } from './appended-object.ts';
import { Bucket } from './bucket.ts';
import { copyObject } from './copy-object.ts';
import { isNoSuchKey, isS3Error } from './errors.ts';
import { abortUploads, reapUploads } from './multipart-upload.ts';
import { MIN_PART_BYTES, type S3Options } from './options.ts';
import { putObject } from './put-object.ts';
import { loadPresigner, loadSdk } from './sdk.ts';

const DEFAULT_REDIRECT_SECONDS = 20 * 60;

/** Dispose of it to close its connections. */
export interface S3Driver extends StorageDriver, AsyncDisposable {}

/**
 * Keeps objects in a bucket of S3, under the names that CNCF distribution's `s3` driver gives them, so that a bucket can
 * be handed over, both ways. Asks the bucket once, so that wrong keys are told of at the start and not by the first push.
 * @throws {S3SdkMissingError | S3AccessDeniedError | S3RequestError}
 */
export async function openS3Driver(options: S3Options): Promise<S3Driver> {
  const sdk = await loadSdk();
  const bucket = new Bucket(sdk, options);
  await bucket.send(new sdk.ListObjectsV2Command({ Bucket: bucket.name, MaxKeys: 1 }));
  const expiresIn = options.redirectSeconds ?? DEFAULT_REDIRECT_SECONDS;

  return {
    stat: (key) => bucket.head(key),

    async read(key, range = {}) {
      const body = await bucket.get(key, range);
      if (body === undefined) throw new KeyNotFoundError(key);
      return body === 'empty' ? Readable.from([]) : body;
    },

    write: (key, source, { signal } = {}) => putObject(bucket, key, source, signal),

    async append(key, offset) {
      return new AppendWriter(
        bucket,
        key,
        await (offset === 0 ? startAnew(bucket, key) : startAt(bucket, key, offset)),
      );
    },

    async appended(key) {
      const found = await findAppended(bucket, key);
      return found.kind === 'parts' ? { ...statOf(found.upload) } : found.kind === 'object' ? found.object : undefined;
    },

    seal: async (key) => sealAppended(bucket, key, await findAppended(bucket, key)),

    async move(from, to, { version } = {}) {
      try {
        await move(bucket, from, to, version);
      } catch (error) {
        if (isS3Error(error, 'InvalidPart', 'PreconditionFailed')) throw new ObjectChangedError(from, { cause: error });
        throw isNoSuchKey(error) ? new KeyNotFoundError(from, { cause: error }) : error;
      }
    },

    async *list(folder) {
      const names = new Set<string>();
      for await (const page of bucket.names(folder)) for (const name of page) if (isKeyName(name)) names.add(name);
      for (const name of [...names].sort()) yield storageKey(folder, name);
    },

    async delete(key) {
      await Promise.all([bucket.remove(key), bucket.removeFolder(key), abortUploads(bucket, key)]);
    },

    async redirect(key) {
      const { getSignedUrl } = await loadPresigner();
      return getSignedUrl(bucket.client, new sdk.GetObjectCommand(bucket.at(key)), { expiresIn });
    },

    reap: (before) => reapUploads(bucket, before),

    async [Symbol.asyncDispose]() {
      bucket.client.destroy();
    },
  };
}

function statOf({ size, changedAt, version }: { size: number; changedAt: Date; version: string }) {
  return { size, modifiedAt: changedAt, version };
}

async function startAnew(bucket: Bucket, key: StorageKey): Promise<AppendStart> {
  const [version] = await Promise.all([bucket.put(key, new Uint8Array()), abortUploads(bucket, key)]);
  return { upload: undefined, number: 1, bytes: Buffer.alloc(0), version };
}

async function startAt(bucket: Bucket, key: StorageKey, offset: number): Promise<AppendStart> {
  const found = await findAppended(bucket, key);
  return (await continueParts(bucket, key, found, offset)) ?? startAfterSealed(bucket, key, found, offset);
}

/** Goes on with the parts as they are, when `offset` is where they end and the last one can be made longer. */
async function continueParts(
  bucket: Bucket,
  key: StorageKey,
  found: Appended,
  offset: number,
): Promise<AppendStart | undefined> {
  if (found.kind !== 'parts' || found.upload.size !== offset) return undefined;
  const { upload } = found;
  const { version } = upload;
  const last = upload.parts.at(-1);
  if (!last || last.size >= MIN_PART_BYTES) {
    return { upload, number: upload.nextNumber, bytes: Buffer.alloc(0), version };
  }
  const bytes = await findTail(bucket, key, upload);
  return bytes && { upload, number: last.number, bytes, version };
}

async function startAfterSealed(
  bucket: Bucket,
  key: StorageKey,
  found: Appended,
  offset: number,
): Promise<AppendStart> {
  const object = await sealAppended(bucket, key, found);
  if (!object || object.size < offset) throw new KeyNotFoundError(key);
  return startAfter(bucket, key, object, offset);
}

async function move(bucket: Bucket, from: StorageKey, to: StorageKey, version: string | undefined): Promise<void> {
  const found = await findAppended(bucket, from);
  if (found.kind === 'none') throw new KeyNotFoundError(from);
  if (version !== undefined && versionOf(found) !== version) throw new ObjectChangedError(from);
  const object = await sealAppended(bucket, from, found);
  if (!object) throw new KeyNotFoundError(from);
  await copyObject(bucket, from, object, to);
  await Promise.all([bucket.remove(from), ...(found.kind === 'parts' ? [removeTail(bucket, from)] : [])]);
}
