import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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

test('a draft left by a crash is not content', async () => {
  const root = freshRoot();
  const driver = openFilesystemDriver(root);
  await driver.write(parseStorageKey('a/link'), [Buffer.from('x')]);
  writeFileSync(join(root, 'a/.link.0123456789ab'), 'half');
  const found = [];
  for await (const child of driver.list(parseStorageKey('a'))) found.push(child);
  expect(found).toEqual(['a/link']);
  expect(readdirSync(join(root, 'a'))).toHaveLength(2);
});

describe('parseStorageKey', () => {
  test.each(['', '/a', 'a/', 'a//b', '.', 'a/..', '../a', 'a/.hidden', 'a\\b', 'a\0b'])('refuses %j', (text) => {
    expect(() => parseStorageKey(text)).toThrow(expect.objectContaining({ code: 'STORAGE_KEY_INVALID' }));
  });
});
