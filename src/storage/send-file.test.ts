import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sendFile } from './send-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'send-'));
afterAll(() => rm(folder, { recursive: true }));

const path = join(folder, 'file');
const content = Buffer.alloc(2_500_000, 'which bytes are these? ');
await writeFile(path, content);

/** What came out, each chunk copied when it was taken. */
async function send(offset: number, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await using file = await open(path);
  await sendFile(file, offset, length, async (chunk) => {
    await new Promise(setImmediate); // the next chunk is being read meanwhile
    chunks.push(Buffer.from(chunk));
  });
  return Buffer.concat(chunks);
}

test.each([
  { what: 'all of it', offset: 0, length: Number.POSITIVE_INFINITY },
  { what: 'a small part', offset: 17, length: 100 },
  { what: 'a part of one chunk and a bit', offset: 5, length: 1024 * 1024 + 1 },
  { what: 'the end, when more is asked for', offset: 2_499_990, length: 5000 },
  { what: 'nothing past the end', offset: 3_000_000, length: 10 },
])('a file is sent as asked: $what', async ({ offset, length }) => {
  const expected = content.subarray(offset, Math.min(content.byteLength, offset + length));
  expect((await send(offset, length)).equals(expected)).toBe(true);
});

test('many sends at once do not get into each other', async () => {
  const lengths = Array.from({ length: 30 }, (_, i) => 1_000_000 + i * 50_000);
  const sent = await Promise.all(lengths.map((length, i) => send(i, length)));
  expect(sent.map((bytes, i) => bytes.equals(content.subarray(i, i + (lengths[i] ?? 0))))).toEqual(
    lengths.map(() => true),
  );
});

describe('a taker that fails', () => {
  test.each([0, 1, 2])('ends the send with its error: chunk %i', async (nth) => {
    await using file = await open(path);
    let taken = 0;
    const sending = sendFile(file, 0, content.byteLength, async () => {
      if (taken++ === nth) throw new Error('gone');
    });
    await expect(sending).rejects.toThrow('gone');
  });
});
