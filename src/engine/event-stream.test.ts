import { expect, test } from 'vitest';
import { eventsOf } from './event-stream.ts';

test('what work emits comes out in order, and what it throws after it', async () => {
  const seen: unknown[] = [];
  const events = eventsOf(async (emit) => {
    emit({ status: 'one' });
    await Promise.resolve();
    emit({ status: 'two' });
    throw new Error('broken');
  });
  await expect(
    (async () => {
      for await (const event of events) seen.push(event.status);
    })(),
  ).rejects.toThrow('broken');
  expect(seen).toEqual(['one', 'two']);
});

test('leaving early aborts the work, and waits until it has cleaned up', async () => {
  let isClean = false;
  const events = eventsOf(async (emit, signal) => {
    emit({ status: 'begun' });
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await new Promise((resolve) => setImmediate(resolve));
    isClean = true;
    signal.throwIfAborted();
  });
  for await (const _ of events) break;
  expect(isClean).toBe(true);
});
