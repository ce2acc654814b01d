import type { StorageKey } from '../storage-key.ts';
import type { Bucket } from './bucket.ts';
import { MultipartUpload } from './multipart-upload.ts';
import { partBytes } from './options.ts';
import { PartBuffer } from './part-buffer.ts';

/** Puts an object whole, in parts when it is long. Nobody sees it before; a source that fails leaves nothing. */
export async function putObject(
  bucket: Bucket,
  key: StorageKey,
  source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { chunkSize } = bucket.sizes;
  using buffer = new PartBuffer(bucket.memory, chunkSize);
  let upload: MultipartUpload | undefined;
  try {
    signal?.throwIfAborted();
    for await (const chunk of source) {
      signal?.throwIfAborted();
      for (let rest = asBuffer(chunk); rest.byteLength > 0; ) {
        if (buffer.isFull) {
          const begun = upload ?? (await MultipartUpload.create(bucket, key));
          upload = begun;
          await buffer.read((bytes) => begun.add(bytes));
          buffer.clear(partBytes(begun.nextNumber, chunkSize));
        }
        rest = await buffer.fill(rest);
      }
    }
    const begun = upload;
    await buffer.read((bytes) => (begun ? begun.add(bytes) : bucket.put(key, bytes))); // at least one byte, when begun
    await begun?.complete();
  } catch (error) {
    await upload?.abort().catch(() => undefined); // the first error tells more
    throw error;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
