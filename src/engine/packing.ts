import { createGzip, deflateRawSync, type Gzip } from 'node:zlib';
import type { Digest } from '../core/index.ts';
import type { BlobStore } from './store/blob-store.ts';

/** The fastest level: layers are packed while a person waits, and are kept packed afterwards. */
const LEVEL = 1;
const STORED = 0;
const CHUNK_BYTES = 128 * 1024;
const SAMPLES = 8;
const SAMPLE_BYTES = 64 * 1024;
/** What does not shrink below this is not worth the time: packed archives, media, encrypted files. */
const MIN_GAIN = 0.97;

/** Opens the packer for a plain layer. The same layer is always packed the same, so that its digest stays. */
export async function openPacker(blobs: BlobStore, digest: Digest, size: number): Promise<Gzip> {
  const level = (await isWorthwhile(blobs, digest, size)) ? LEVEL : STORED;
  return createGzip({ level, chunkSize: CHUNK_BYTES });
}

/** Packs a few samples from all over the layer and looks what it gains. */
async function isWorthwhile(blobs: BlobStore, digest: Digest, size: number): Promise<boolean> {
  if (size <= SAMPLES * SAMPLE_BYTES) return true;
  let packed = 0;
  for (let i = 0; i < SAMPLES; i += 1) {
    const sample = await blobs.slice(digest, Math.floor((i * (size - SAMPLE_BYTES)) / (SAMPLES - 1)), SAMPLE_BYTES);
    packed += deflateRawSync(sample, { level: LEVEL }).byteLength;
  }
  return packed < SAMPLES * SAMPLE_BYTES * MIN_GAIN;
}
