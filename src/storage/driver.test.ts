import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeStorageDriver } from './driver.suite.ts';
import { openFilesystemDriver } from './filesystem-driver.ts';
import { createMemoryDriver } from './memory-driver.ts';
import { parseStorageKey } from './storage-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'storage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let stores = 0;
const freshRoot = (): string => join(folder, String(++stores));

describeStorageDriver('memory', async () => createMemoryDriver());
describeStorageDriver('filesystem', async () => openFilesystemDriver(freshRoot()));

test('the filesystem driver sees a file that a person changed, under another version', async () => {
  const root = freshRoot();
  const driver = openFilesystemDriver(root);
  const key = parseStorageKey('blobs/data');
  await driver.write(key, [Buffer.from('genuine content')]);
  const before = await driver.stat(key);
  writeFileSync(join(root, 'blobs/data'), 'Malicious data\n');
  expect(await driver.stat(key)).toMatchObject({ size: before?.size });
  expect((await driver.stat(key))?.version).not.toBe(before?.version);
});

test('a draft left by a crash is not content, and is reaped when it is old', async () => {
  const root = freshRoot();
  const driver = openFilesystemDriver(root);
  await driver.write(parseStorageKey('a/link'), [Buffer.from('x')]);
  for (const folder of ['.drafts', '.locks']) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'old'), 'half');
    writeFileSync(join(root, folder, 'new'), 'half');
    utimesSync(join(root, folder, 'old'), 1000, 1000);
  }
  await driver.reap?.(new Date(2_000_000));
  expect(readdirSync(root, { recursive: true }).sort()).toEqual([
    '.drafts',
    '.drafts/new',
    '.locks',
    '.locks/new',
    'a',
    'a/link',
  ]);
});

test('a failed write leaves no draft', async () => {
  const root = freshRoot();
  const driver = openFilesystemDriver(root);
  const failing = (function* () {
    yield Buffer.from('x');
    throw new Error('cut');
  })();
  await expect(driver.write(parseStorageKey('a/link'), failing)).rejects.toThrow('cut');
  expect(readdirSync(root, { recursive: true })).toEqual(['.drafts']);
});

describe('parseStorageKey', () => {
  test.each(['', '/a', 'a/', 'a//b', '.', 'a/..', '../a', 'a/.hidden', 'a\\b', 'a\0b'])('refuses %j', (text) => {
    expect(() => parseStorageKey(text)).toThrow(expect.objectContaining({ code: 'STORAGE_KEY_INVALID' }));
  });
});
