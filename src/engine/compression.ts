import { PassThrough, Readable, Transform, type TransformCallback } from 'node:stream';
import * as zlib from 'node:zlib';
import { createGunzip } from 'node:zlib';
import { MEDIA_TYPES, TrustSandboxError } from '../core/index.ts';

/** How a layer's archive is packed, told by its first bytes, as docker tells it. */
export type Compression = 'plain' | 'gzip' | 'zstd';

/** Bytes that do not unpack. */
export class CompressionError extends TrustSandboxError {
  readonly code = 'ENGINE_COMPRESSION';
}

/** Bytes that `compressionOf` needs to see. */
export const MAGIC_BYTES = 4;
const MAGIC: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];
const UNPACK_CHUNK_BYTES = 128 * 1024;

export function compressionOf(head: Uint8Array): Compression {
  const found = MAGIC.find(([, magic]) => magic.equals(head.subarray(0, magic.byteLength)));
  return found?.[0] ?? 'plain';
}

/** Media type of a layer we packed or loaded ourselves. */
export function layerMediaType(compression: Compression): string {
  if (compression === 'zstd') return MEDIA_TYPES.ociLayerZstd;
  return compression === 'gzip' ? MEDIA_TYPES.dockerLayer : MEDIA_TYPES.ociLayer;
}

/** What the two manifests call the same layer: OCI's name, then Docker's. */
const NAMES = [
  [MEDIA_TYPES.ociLayerGzip, MEDIA_TYPES.dockerLayer],
  [MEDIA_TYPES.ociLayer, MEDIA_TYPES.dockerLayerPlain],
] as const;
const DOCKER_TYPES: ReadonlyMap<string, string> = new Map(NAMES);
const OCI_TYPES: ReadonlyMap<string, string> = new Map(NAMES.map(([oci, docker]) => [docker, oci]));

/** The same layer as a Docker manifest calls it. */
export function dockerLayerType(mediaType: string): string {
  return DOCKER_TYPES.get(mediaType) ?? mediaType;
}

/** The same layer as an OCI manifest calls it. */
export function ociLayerType(mediaType: string): string {
  return OCI_TYPES.get(mediaType) ?? mediaType;
}

/**
 * Unpacks a stream. `onBytes` is told of each piece of the source. Errors of the source come out of the iteration.
 * @throws {CompressionError}
 */
export async function* unpack(
  source: Readable,
  compression: Compression,
  onBytes?: (count: number) => void,
): AsyncGenerator<Buffer> {
  const unpacker = await openUnpacker(compression);
  source.once('error', (cause) => unpacker.destroy(cause));
  source.pipe(unpacker);
  if (onBytes) source.on('data', (chunk: Buffer) => onBytes(chunk.byteLength));
  try {
    yield* unpacker as AsyncIterable<Buffer>;
  } catch (cause) {
    const { syscall, name } = cause as NodeJS.ErrnoException;
    if (syscall !== undefined || name === 'AbortError') throw cause; // the source's own
    throw new CompressionError(`${compression} stream is damaged: ${(cause as Error).message}`, { cause });
  } finally {
    source.destroy();
    unpacker.destroy();
  }
}

/** Unpacks a stream of a compression that its first bytes will tell. */
export async function* unpackAny(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  while (size < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    held.push(next.value);
    size += next.value.byteLength;
  }
  const compression = compressionOf(Buffer.concat(held));
  const whole = Readable.from(rejoin(held, chunks), { objectMode: false });
  yield* unpack(whole, compression);
}

async function* rejoin(held: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* held;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function openUnpacker(compression: Compression): Promise<Transform> {
  if (compression === 'plain') return new PassThrough({ highWaterMark: UNPACK_CHUNK_BYTES });
  if (compression === 'gzip') return createGunzip({ chunkSize: UNPACK_CHUNK_BYTES });
  const createNative = (zlib as { createZstdDecompress?: () => Transform }).createZstdDecompress; // Node >= 22.15
  return createNative ? createNative() : openZstdScript();
}

/** zstd in JavaScript, for a Node that has none: about 250 MB/s. */
async function openZstdScript(): Promise<Transform> {
  const { Decompress } = await import('fzstd');
  const transform = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      attempt(() => decompress.push(chunk), done);
    },
    flush(done: TransformCallback) {
      attempt(() => decompress.push(new Uint8Array(), true), done);
    },
  });
  const decompress = new Decompress((unpacked) => {
    transform.push(Buffer.from(unpacked));
  });
  return transform;
}

function attempt(work: () => void, done: TransformCallback): void {
  try {
    work();
    done();
  } catch (thrown) {
    done(thrown as Error);
  }
}
