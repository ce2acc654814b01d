import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lockFile } from './file-lock.ts';

const folder = await mkdtemp(join(tmpdir(), 'lock-'));
afterAll(() => rm(folder, { recursive: true }));

test('one holder at a time is at work', async () => {
  const path = join(folder, 'deep', '.busy.lock');
  let working = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      await using _ = await lockFile(path);
      most = Math.max(most, ++working);
      await new Promise(setImmediate);
      working -= 1;
    }),
  );
  expect(most).toBe(1);
  expect(await readdir(join(folder, 'deep'))).toEqual([]);
});

describe('a lock is taken over', () => {
  const longAgo = new Date(Date.now() - 60_000);
  test.each([
    { why: 'of a process that has ended', text: `4194305 ${hostname()}` },
    { why: 'of an earlier process with the id of this one', text: `${process.pid} ${hostname()}` },
    { why: 'of another machine that is silent', text: '17 elsewhere.example', at: longAgo },
    { why: 'that a crash left empty', text: '', at: longAgo },
  ])('$why', async ({ text, at }) => {
    const path = join(folder, '.left.lock');
    await writeFile(path, text);
    if (at) await utimes(path, at, at);
    await using _ = await lockFile(path);
    expect((await readdir(folder)).filter((name) => name.startsWith('.left'))).toEqual(['.left.lock']);
  });
});

test('whoever does not want to wait any longer leaves the lock to its holder', async () => {
  const path = join(folder, 'deep', 'kept');
  await using _ = await lockFile(path);
  await expect(lockFile(path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  expect(await readdir(join(folder, 'deep'))).toEqual(['kept']);
});
