import type { StorageKey } from '../storage-key.ts';
import type { Bucket, S3Object } from './bucket.ts';
import { copyAsSeen } from './copy-source.ts';
import { MultipartUpload } from './multipart-upload.ts';
import { MAX_PARTS } from './options.ts';

/** Copies within the bucket; the bytes do not come here. Large objects in parts, several at once: faster, and past 5 GB the only way. */
export async function copyObject(bucket: Bucket, from: StorageKey, source: S3Object, to: StorageKey): Promise<void> {
  const { copyThreshold, copyChunkSize, copyConcurrency } = bucket.sizes;
  if (source.size <= copyThreshold) {
    await copyAsSeen(bucket, from, source, (copySource) => {
      const input = { ...bucket.created(to), ...copySource, MetadataDirective: 'REPLACE' as const };
      return bucket.send(new bucket.sdk.CopyObjectCommand(input));
    });
    return;
  }
  const each = Math.max(copyChunkSize, Math.ceil(source.size / MAX_PARTS));
  const upload = await MultipartUpload.create(bucket, to);
  try {
    const numbers = Array.from({ length: Math.ceil(source.size / each) }, (_, i) => i + 1).values();
    const work = async (): Promise<void> => {
      for (const number of numbers) {
        const start = (number - 1) * each;
        await upload.addCopy(from, source, start, Math.min(each, source.size - start), number);
      }
    };
    await Promise.all(Array.from({ length: copyConcurrency }, work));
    await upload.complete();
  } catch (error) {
    await upload.abort().catch(() => undefined);
    throw error;
  }
}
