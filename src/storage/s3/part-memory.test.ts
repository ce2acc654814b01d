import { expect, test, vi } from 'vitest';
import { PartBuffer } from './part-buffer.ts';
import { PartMemory } from './part-memory.ts';

const MIB = 1024 * 1024;

test('memory for parts is lent to a few at a time, and lent again when it is given back', async () => {
  const memory = new PartMemory(5 * MIB, 20 * MIB);
  const lent = await Promise.all(Array.from({ length: 4 }, () => memory.borrow(5 * MIB)));
  let isServed = false;
  const fifth = memory.borrow(5 * MIB).then((part) => {
    isServed = true;
    return part;
  });
  await new Promise(setImmediate);
  expect(isServed).toBe(false);
  lent[2]?.release();
  lent[2]?.release(); // a second time means nothing
  expect((await fifth).bytes === lent[2]?.bytes).toBe(true);
});

test('memory that may still be read is not lent again', async () => {
  const memory = new PartMemory(5 * MIB);
  const first = await memory.borrow(5 * MIB);
  first.forget();
  expect((await memory.borrow(5 * MIB)).bytes === first.bytes).toBe(false);
});

test('whoever has waited long enough gets memory beyond the budget', async () => {
  vi.useFakeTimers();
  try {
    const memory = new PartMemory(20 * MIB);
    const lent = [await memory.borrow(20 * MIB), await memory.borrow(20 * MIB)];
    const late = memory.borrow(20 * MIB);
    await vi.advanceTimersByTimeAsync(2000);
    const beyond = await late;
    expect(lent.some(({ bytes }) => bytes === beyond.bytes)).toBe(false);
    for (const part of [beyond, ...lent]) part.release();
    const again = await Promise.all([memory.borrow(20 * MIB), memory.borrow(20 * MIB)]);
    expect(new Set(again.map(({ bytes }) => bytes)).size).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('a part gathers chunks of any size, and says what did not fit', async () => {
  using buffer = new PartBuffer(new PartMemory(5 * MIB), 5 * MIB);
  const chunks = [1, 100_000, 60_000, 5 * MIB].map((size, i) => Buffer.alloc(size, i + 1));
  let rest = Buffer.alloc(0);
  for (const chunk of chunks) rest = (await buffer.fill(chunk)) as Buffer<ArrayBuffer>;
  expect([buffer.isFull, rest.byteLength]).toEqual([true, 160_001]);
  const gathered = await buffer.read(async (bytes) => Buffer.from(bytes));
  expect(gathered.equals(Buffer.concat(chunks).subarray(0, 5 * MIB))).toBe(true);
  buffer.clear();
  expect([buffer.isFull, buffer.size]).toEqual([false, 0]);
});
