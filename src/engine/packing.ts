import { promisify } from 'node:util';
import { createGzip, deflateRaw, type Gzip } from 'node:zlib';
import type { Digest } from '../core/index.ts';
import type { BlobStore } from './store/blob-store.ts';

/** The fastest level: layers are packed while a person waits, and are kept packed afterwards. */
const LEVEL = 1;
const CHUNK_BYTES = 128 * 1024;
const SAMPLES = 8;
const SAMPLE_BYTES = 64 * 1024;
/** What does not shrink below this is not worth the time: packed archives, media, encrypted files. */
const MIN_GAIN = 0.97;

const deflate = promisify(deflateRaw); // on another thread

/** A packer for plain layers. The same layer is always packed the same, so that its digest stays. */
export function openPacker(): Gzip {
  return createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES });
}

/**
 * Whether a plain layer is worth packing: packs a few samples from all over it and looks what that gains. It depends on the
 * layer alone, so that it is pushed under the same digest everywhere.
 */
export async function isWorthPacking(blobs: BlobStore, digest: Digest, size: number): Promise<boolean> {
  if (size <= SAMPLES * SAMPLE_BYTES) return true;
  let packed = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const sample = await blobs.slice(digest, Math.floor((i * (size - SAMPLE_BYTES)) / (SAMPLES - 1)), SAMPLE_BYTES);
    packed += (await deflate(sample, { level: LEVEL })).byteLength;
  }
  return packed < SAMPLES * SAMPLE_BYTES * MIN_GAIN;
}
