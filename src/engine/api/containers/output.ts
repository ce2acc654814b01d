import type { Readable } from 'node:stream';
import type { HostProcess } from '../../host/process.ts';
import { frame, type OutputStream } from './frames.ts';

/**
 * All that a process writes, as it comes: bytes as they are where it has a terminal, frames otherwise.
 */
export async function* outputOf({ stdout, stderr }: HostProcess): AsyncGenerator<Uint8Array> {
  if (!stderr) {
    yield* stdout as AsyncIterable<Uint8Array>;
    return;
  }
  const sources = new Map<OutputStream, AsyncIterator<Uint8Array>>([
    ['stdout', chunksOf(stdout)],
    ['stderr', chunksOf(stderr)],
  ]);
  const pending = new Map([...sources].map(([name, source]) => [name, next(name, source)]));
  while (pending.size > 0) {
    const { name, result } = await Promise.race(pending.values());
    const source = sources.get(name);
    if (result.done || !source) {
      pending.delete(name);
      continue;
    }
    pending.set(name, next(name, source));
    yield frame(name, result.value);
  }
}

function chunksOf(stream: Readable): AsyncIterator<Uint8Array> {
  return (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
}

async function next(name: OutputStream, source: AsyncIterator<Uint8Array>) {
  return { name, result: await source.next() };
}
