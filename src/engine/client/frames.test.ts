import { describe, expect, test } from 'vitest';
import { readFrames } from './frames.ts';

function frame(number: number, text: string): Buffer {
  const header = Buffer.from([number, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function read(chunks: readonly Uint8Array[]): Promise<Record<'stdout' | 'stderr', string>> {
  const texts = { stdout: '', stderr: '' };
  for await (const { stream, bytes } of readFrames(
    (async function* () {
      yield* chunks;
    })(),
  )) {
    texts[stream] += Buffer.from(bytes).toString();
  }
  return texts;
}

describe('frames', () => {
  const whole = Buffer.concat([frame(1, 'out'), frame(2, 'wrong'), frame(1, ''), frame(1, 'more')]);

  test.each([1, 3, 7, 8, 9, 100])('are taken apart in pieces of %d bytes', async (size) => {
    const pieces = Array.from({ length: Math.ceil(whole.byteLength / size) }, (_, i) =>
      whole.subarray(i * size, (i + 1) * size),
    );
    expect(await read(pieces)).toEqual({ stdout: 'outmore', stderr: 'wrong' });
  });

  test.each([
    [3, 'boom', 'error from daemon in stream: boom'],
    [9, 'x', 'Unrecognized input header: 9'],
  ])('of stream %d end it', async (number, text, message) => {
    await expect(read([frame(number, text)])).rejects.toThrow(message);
  });
});
