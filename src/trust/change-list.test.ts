import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { publicKeyOf, type RoleName, TARGETS } from '../tuf/index.ts';
import type { Change } from './change.ts';
import { parseChange } from './change-file.ts';
import { ChangeList } from './change-list.ts';
import { formatChange } from './format-change.ts';

const alice = 'targets/alice' as RoleName;
const file = { length: 12, hashes: new Map([['sha256', Buffer.alloc(32, 1)]]), extra: {} };
const key = publicKeyOf(generateKeyPairSync('ed25519').publicKey);
const clock = { now: () => new Date('2026-11-23T05:00:00.123Z') };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'changes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const changes: readonly Change[] = [
  { kind: 'add-target', role: TARGETS, name: 'v1', file },
  { kind: 'remove-target', role: alice, name: 'v1' },
  { kind: 'remove-delegation', role: alice },
  {
    kind: 'add-delegation',
    role: alice,
    edit: { threshold: 1, addKeys: [key], removeKeys: [], addPaths: [''], removePaths: [], clearPaths: false },
  },
  {
    kind: 'edit-delegation',
    role: alice,
    edit: { addKeys: [], removeKeys: ['ab'], addPaths: [], removePaths: ['x'], clearPaths: true },
  },
  { kind: 'purge-keys', parent: TARGETS, keyids: ['ab'] },
  { kind: 'witness', role: alice },
  { kind: 'replace-keys', role: 'snapshot', keys: [key] },
];

test.each(changes)('a change $kind is read back as it was', (change) => {
  const read = parseChange(Buffer.from(formatChange(change)));
  expect(formatChange(read)).toBe(formatChange(change));
  expect(read.kind).toBe(change.kind);
});

describe('a change list', () => {
  test('keeps the order in which changes came, also within one millisecond', async () => {
    const list = new ChangeList(folder, clock);
    for (const name of ['a', 'b', 'c']) await list.add({ kind: 'remove-target', role: TARGETS, name });
    expect((await list.list()).map(({ change }) => 'name' in change && change.name)).toEqual(['a', 'b', 'c']);
    expect((await readdir(folder)).sort()[0]).toMatch(/^01795410000123000000_[0-9a-f-]{36}\.change$/);
  });

  test('removes what it is told and nothing else', async () => {
    const list = new ChangeList(folder, clock);
    await list.add({ kind: 'remove-target', role: TARGETS, name: 'a' });
    const staged = await list.list();
    await list.add({ kind: 'remove-target', role: TARGETS, name: 'b' });
    await list.remove(staged);
    expect((await list.list()).map(({ change }) => 'name' in change && change.name)).toEqual(['b']);
    await list.clear();
    expect(await list.list()).toEqual([]);
  });

  test('shows changes as Notary names them, and removes those whose numbers it is told', async () => {
    const list = new ChangeList(folder, clock);
    await list.add({ kind: 'purge-keys', parent: TARGETS, keyids: ['ab'] });
    await list.add({ kind: 'witness', role: 'targets/alice' });
    expect(await list.show()).toEqual([
      { action: 'update', role: 'targets/*', type: 'delegation', path: '' },
      { action: 'update', role: 'targets/alice', type: 'witness', path: '' },
    ]);
    await list.removeAt(new Set([0, 7]));
    expect((await list.list()).map(({ change }) => change.kind)).toEqual(['witness']);
  });

  test.each([
    { why: 'is not JSON', text: '{' },
    {
      why: 'is of a kind we do not know',
      text: '{"action":"update","role":"targets","type":"target","path":"a","data":null}',
    },
    {
      why: 'is for another role',
      text: '{"action":"delete","role":"timestamp","type":"target","path":"a","data":null}',
    },
  ])('names a file that $why', async ({ text }) => {
    await writeFile(join(folder, '1_x.change'), text);
    await expect(new ChangeList(folder, clock).list()).rejects.toThrow(
      expect.objectContaining({ code: 'CHANGE_INVALID', message: expect.stringContaining('1_x.change') }),
    );
    expect(await readFile(join(folder, '1_x.change'), 'utf8')).toBe(text);
  });
});
