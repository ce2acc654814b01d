import { addAbortSignal, type Readable } from 'node:stream';
import { type Digest, Digester, digestAlgorithm, TrustSandboxError } from '../core/index.ts';
import { type Compression, compressionOf, MAGIC_BYTES, unpack } from './compression.ts';
import type { BlobStore } from './store/blob-store.ts';
import { TarHeaders, TarSyntaxError } from './tar-headers.ts';

/** What unpacking a layer tells: its diffID, the size of the archive, and the sum of its entries' sizes. */
export interface LayerContent {
  readonly diffId: Digest;
  readonly tarSize: number;
  readonly size: number;
}

/** A layer that is no archive. */
export class LayerArchiveError extends TrustSandboxError {
  readonly code = 'ENGINE_LAYER_ARCHIVE';
}

/** Nothing of a layer is written unpacked, so this only ends a layer made to unpack for ever. */
const MAX_UNPACKED_BYTES = 256 * 1024 ** 3;
/** What is read at once of a plain layer, to see its headers. */
const WINDOW_BYTES = 64 * 1024;

/**
 * Learns what a layer is that the store holds. `onBytes` is told how far it has been read.
 * @throws {CompressionError | LayerArchiveError | ArchiveHeaderError}
 */
export async function readHeldLayer(
  blobs: BlobStore,
  digest: Digest,
  { signal, onBytes }: { readonly signal?: AbortSignal; onBytes?(count: number): void } = {},
): Promise<LayerContent & { readonly compression: Compression }> {
  const compression = compressionOf(await blobs.slice(digest, 0, MAGIC_BYTES));
  if (compression === 'plain' && digestAlgorithm(digest) === 'sha256') {
    return { compression, ...(await readPlainLayer(blobs, digest, signal)) };
  }
  const source = blobs.read(digest);
  if (signal) addAbortSignal(signal, source);
  return { compression, ...(await readLayer(source, compression, onBytes)) };
}

/**
 * Unpacks a layer to learn what it is (image-spec v1.1, config.md, "Layer DiffID"); nothing is written.
 * `onBytes` is told how far the packed source has been read.
 * @throws {CompressionError | LayerArchiveError | ArchiveHeaderError}
 */
async function readLayer(
  source: Readable,
  compression: Compression,
  onBytes?: (count: number) => void,
): Promise<LayerContent> {
  const digester = new Digester();
  const headers = new TarHeaders();
  try {
    for await (const chunk of unpack(source, compression, onBytes)) {
      digester.update(chunk);
      if (digester.size > MAX_UNPACKED_BYTES) throw new LayerArchiveError('layer unpacks to more than 256 GiB');
      headers.read(chunk);
    }
    headers.end();
  } catch (thrown) {
    throw asLayerError(thrown);
  }
  return { diffId: digester.digest(), tarSize: digester.size, size: headers.size };
}

/**
 * The same of a blob that is plain: it was hashed on its way in, so that only its headers are read.
 * @throws {LayerArchiveError | ArchiveHeaderError}
 */
async function readPlainLayer(blobs: BlobStore, digest: Digest, signal?: AbortSignal): Promise<LayerContent> {
  const headers = new TarHeaders();
  await using file = await blobs.open(digest);
  const { size: tarSize } = await file.stat();
  const window = Buffer.alloc(WINDOW_BYTES);
  try {
    for (let at = 0; ; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(window, 0, WINDOW_BYTES, at);
      headers.read(window.subarray(0, bytesRead));
      at += bytesRead + headers.skip();
      if (at > tarSize) throw new TarSyntaxError('Unexpected end of data');
      if (at === tarSize) break;
    }
    headers.end();
  } catch (thrown) {
    throw asLayerError(thrown);
  }
  return { diffId: digest, tarSize, size: headers.size };
}

function asLayerError(thrown: unknown): unknown {
  return thrown instanceof TarSyntaxError
    ? new LayerArchiveError(`archive/tar: ${thrown.message}`, { cause: thrown })
    : thrown;
}
