import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { type Digest, Digester, TrustSandboxError } from '../core/index.ts';
import { type Compression, unpack } from './compression.ts';
import { HeaderGuard } from './header-guard.ts';

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

/**
 * Unpacks a layer to learn what it is (image-spec v1.1, config.md, "Layer DiffID"); nothing is written.
 * `onBytes` is told how far the packed source has been read.
 * @throws {CompressionError | LayerArchiveError | ArchiveHeaderError}
 */
export async function readLayer(
  source: Readable,
  compression: Compression,
  onBytes?: (count: number) => void,
): Promise<LayerContent> {
  const digester = new Digester();
  const guard = new HeaderGuard();
  let size = 0;
  const entries = extract();
  entries.on('entry', (header, stream, next) => {
    size += header.size ?? 0;
    stream.on('end', next);
    stream.resume();
  });
  const closed = new Promise<void>((resolve) => entries.once('close', () => resolve()));
  let problem: Error | undefined;
  entries.on('error', (thrown: Error) => {
    problem = thrown;
  });
  for await (const chunk of unpack(source, compression, onBytes)) {
    digester.update(chunk);
    if (digester.size > MAX_UNPACKED_BYTES) throw new LayerArchiveError('layer unpacks to more than 256 GiB');
    if (problem) break;
    guard.check(chunk);
    if (!entries.write(chunk)) await Promise.race([drained(entries), closed]);
  }
  (entries as NodeJS.WritableStream).end();
  await closed;
  if (problem) throw new LayerArchiveError(`archive/tar: ${problem.message}`, { cause: problem });
  return { diffId: digester.digest(), tarSize: digester.size, size };
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.once('drain', () => resolve()));
}
