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
  const buffer = new PartBuffer(chunkSize);
  let upload: MultipartUpload | undefined;
  try {
    signal?.throwIfAborted();
    for await (const chunk of source) {
      signal?.throwIfAborted();
      for (let rest = asBuffer(chunk); rest.byteLength > 0; ) {
        if (buffer.isFull) {
          upload ??= await MultipartUpload.create(bucket, key);
          await upload.add(buffer.bytes());
          buffer.clear(partBytes(upload.nextNumber, chunkSize));
        }
        rest = buffer.fill(rest);
      }
    }
    if (!upload) {
      await bucket.put(key, buffer.bytes());
      return;
    }
    if (buffer.size > 0) await upload.add(buffer.bytes());
    await upload.complete();
  } catch (error) {
    await upload?.abort().catch(() => undefined); // the first error tells more
    throw error;
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
