import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseGun } from '../tuf/index.ts';
import { lockCollection } from './collection-lock.ts';
import { TrustDirectory } from './trust-directory.ts';

const gun = parseGun('r:5000/a');
const atOnce = { timeoutMs: 0, wait: async () => undefined };
let directory: TrustDirectory;

beforeEach(async () => {
  directory = new TrustDirectory(await mkdtemp(join(tmpdir(), 'lock-')));
});
afterEach(() => rm(directory.path, { recursive: true, force: true }));

test('a second holder is refused and told who is the first', async () => {
  await using _ = await lockCollection(directory, gun, atOnce);
  await expect(lockCollection(directory, gun, atOnce)).rejects.toMatchObject({
    code: 'TRUST_LOCKED',
    holder: process.pid,
  });
  await using other = await lockCollection(directory, parseGun('r:5000/b'), atOnce);
  expect(other).toBeDefined();
});

test('a second holder comes in as soon as the first lets go', async () => {
  const first = await lockCollection(directory, gun, atOnce);
  let waits = 0;
  const wait = async () => {
    waits += 1;
    if (waits === 3) await first[Symbol.asyncDispose]();
  };
  await using _ = await lockCollection(directory, gun, { timeoutMs: 1000, wait });
  expect(waits).toBe(3);
});

test('the lock of a process that has ended is taken over, and leaves nothing behind', async () => {
  {
    await using _ = await lockCollection(directory, gun, atOnce);
  }
  expect(await readdir(directory.lockFolder)).toEqual([]);
  const { pid } = spawnSync(process.execPath, ['--version']);
  const held = await lockCollection(directory, gun, atOnce);
  const [name = ''] = await readdir(directory.lockFolder);
  await held[Symbol.asyncDispose]();
  await writeFile(join(directory.lockFolder, name), String(pid));
  await using _ = await lockCollection(directory, gun, { timeoutMs: 100, wait: async () => undefined });
  expect(await readdir(directory.lockFolder)).toEqual([name]);
});
