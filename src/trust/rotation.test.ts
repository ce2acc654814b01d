import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseEnvelope, parseGun, parseRoot, ROOT, type RoleName, SNAPSHOT, TARGETS } from '../tuf/index.ts';
import { KeyStore } from './key-store.ts';
import { TrustRepository } from './repository.ts';
import { MemoryTrustServer } from './testing/memory-trust-server.ts';
import { scriptedPassphrases } from './testing/scripted-passphrases.ts';
import { TrustDirectory } from './trust-directory.ts';

const gun = parseGun('example.com/collection');
const file = { length: 12, hashes: new Map([['sha256', Buffer.alloc(32, 1)]]), extra: {} };
const clock = { now: () => new Date('2026-11-23T05:00:00Z') };
const code = (code: string) => expect.objectContaining({ code });

let home: string;
let server: MemoryTrustServer;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'rotation-'));
  server = new MemoryTrustServer(clock);
});
afterEach(() => rm(home, { recursive: true, force: true }));

function client(machine = 'one') {
  const directory = new TrustDirectory(join(home, machine));
  const warnings: string[] = [];
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, error: quiet, warn: (event: string) => void warnings.push(event) };
  const keys = new KeyStore(directory, scriptedPassphrases('sandbox-passphrase'));
  const parts = { gun, directory, server, keys, clock, log, snapshotKeyHolder: 'client' } as const;
  return { repository: new TrustRepository(parts), keys, warnings };
}

async function published() {
  const made = client();
  await made.repository.initialize();
  await made.repository.addTarget('v1', file);
  await made.repository.publish();
  return made;
}

const roles = async (keys: KeyStore) => (await keys.list()).map(({ role }) => role).sort();

test('a collection whose snapshot key we hold is sent with its snapshot', async () => {
  const { keys } = await published();
  expect(server.requests.at(-1)).toBe('publish root targets snapshot');
  expect(await roles(keys)).toEqual(['root', 'snapshot', 'targets']);
  expect((await client('two').repository.getTarget('v1')).role).toBe('targets');
});

describe('rotation', () => {
  test.each([
    { role: 'targets', options: {}, sent: 'publish root targets snapshot', left: ['root', 'snapshot', 'targets'] },
    { role: 'snapshot', options: {}, sent: 'publish root snapshot', left: ['root', 'snapshot', 'targets'] },
    { role: 'snapshot', options: { isServerManaged: true }, sent: 'publish root', left: ['root', 'targets'] },
    { role: 'root', options: {}, sent: 'publish root snapshot', left: ['root', 'root', 'snapshot', 'targets'] },
    {
      role: 'timestamp',
      options: { isServerManaged: true },
      sent: 'publish root snapshot',
      left: ['root', 'snapshot', 'targets'],
    },
  ])('of $role $options is followed by those who knew the old key', async ({ role, options, sent, left }) => {
    const { repository, keys } = await published();
    const reader = client('two').repository;
    const before = await reader.update();
    await repository.rotateKey(role, options);
    expect(server.requests.at(-1)).toBe(sent);
    expect(await roles(keys)).toEqual(left);
    const after = await reader.update();
    expect(after.root.version).toBe(2);
    expect(after.root.roles.get(role)?.keyids).not.toEqual(before.root.roles.get(role)?.keyids);
    await repository.addTarget('v2', file);
    await repository.publish();
    expect((await reader.getTarget('v2')).role).toBe('targets');
  });

  test('leaves what is staged staged', async () => {
    const { repository } = await published();
    await repository.addTarget('v2', file);
    await repository.rotateKey('targets');
    expect(await repository.changes.show()).toHaveLength(1);
    await expect(repository.getTarget('v2')).rejects.toThrow(code('TRUST_TARGET_NOT_FOUND'));
  });

  test('keeps the replaced key when the server takes nothing', async () => {
    const { repository, keys } = await published();
    const before = await keys.listRole('targets');
    server.failure = new Error('down');
    await expect(repository.rotateKey('targets')).rejects.toThrow('down');
    expect(await keys.listRole('targets')).toEqual(expect.arrayContaining([...before]));
  });

  test('of root to keys that are here takes them', async () => {
    const { repository, keys } = await published();
    const { keyid } = await keys.create({ role: 'root' });
    await repository.rotateKey('root', { keyids: [keyid] });
    const root = parseRoot(parseEnvelope(server.current(ROOT) ?? Buffer.of()).signed);
    const [listed = ''] = root.roles.get('root')?.keyids ?? [];
    expect(root.keys.get(listed)?.canonicalKeyid).toBe(keyid);
  });

  test('signs with the root keys of older versions that are asked for', async () => {
    const { repository } = await published();
    for (let i = 0; i < 3; i += 1) await repository.rotateKey('root');
    const signatures = () => parseEnvelope(server.current(ROOT) ?? Buffer.of()).signatures.length;
    expect(signatures()).toBe(2);
    await repository.rotateKey('root', { legacyVersions: 2 });
    expect(signatures()).toBe(4); // the new key, and those of versions 4, 3 and 2
  });

  test.each([
    { role: 'targets/alice', isServerManaged: false },
    { role: 'targets', isServerManaged: true },
    { role: 'timestamp', isServerManaged: false },
  ])('of $role, by the server: $isServerManaged, cannot be', async ({ role, isServerManaged }) => {
    const { repository } = client();
    await expect(repository.rotateKey(role, { isServerManaged })).rejects.toThrow(code('ROTATION_INVALID'));
    expect(server.requests).toEqual([]);
  });
});

describe('a delegation', () => {
  const alice = 'targets/alice' as RoleName;

  async function withAlice() {
    const made = await published();
    const [first, second] = [await made.keys.create({ role: 'alice' }), await made.keys.create({ role: 'alice' })];
    const edit = { threshold: 1, addKeys: [first], addPaths: [''] };
    await made.repository.publishChanges([{ kind: 'add-delegation', role: alice, edit }]);
    await made.repository.publishChanges([{ kind: 'add-target', role: alice, name: 'a', file }]);
    return { ...made, first, second };
  }

  test('whose signer was replaced is good again once it is witnessed', async () => {
    const { repository, first, second } = await withAlice();
    const edit = { addKeys: [second], removeKeys: [first.keyid] };
    await repository.publishChanges([{ kind: 'edit-delegation', role: alice, edit }]);
    await expect(repository.getTarget('a')).rejects.toThrow(code('TRUST_TARGET_NOT_FOUND'));
    await repository.publishChanges([{ kind: 'witness', role: alice }]);
    expect((await repository.getTarget('a')).role).toBe(alice);
  });

  test('loses a purged key, and a warning tells when none is left', async () => {
    const { repository, first, warnings } = await withAlice();
    await repository.publishChanges([{ kind: 'purge-keys', parent: TARGETS, keyids: [first.keyid] }]);
    expect(warnings[0]).toContain('role targets/alice has fewer keys than its threshold of 1');
    const { targets } = await repository.update();
    expect(targets.get(TARGETS)?.delegations.roles[0]?.keyids).toEqual([]);
    expect(targets.get(TARGETS)?.delegations.keys.size).toBe(0);
  });

  test.each([
    { why: 'is not known', change: { kind: 'witness', role: 'targets/nobody' }, error: 'TUF_ROLE_INVALID' },
    { why: 'is none', change: { kind: 'witness', role: 'bogus' }, error: 'CHANGE_INVALID' },
    {
      why: 'is only given paths',
      change: { kind: 'add-delegation', role: 'targets/nobody' as RoleName, edit: { addPaths: [''] } },
      error: 'TUF_ROLE_INVALID',
    },
    {
      why: 'is edited and not there',
      change: { kind: 'edit-delegation', role: 'targets/nobody' as RoleName, edit: { addPaths: [''] } },
      error: 'TUF_ROLE_INVALID',
    },
  ] as const)('that $why cannot be published', async ({ change, error }) => {
    const { repository } = await published();
    await expect(repository.publishChanges([change])).rejects.toThrow(code(error));
  });
});

test('forgetting a collection leaves those whose names begin with it, and the keys', async () => {
  const { repository, keys } = await published();
  const directory = new TrustDirectory(join(home, 'one'));
  const below = parseGun(`${gun}/below`);
  await directory.metadata(below).put(SNAPSHOT, Buffer.of(1));
  await repository.forget();
  expect(await directory.metadata(gun).find(ROOT)).toBeUndefined();
  expect(await directory.metadata(below).find(SNAPSHOT)).toBeDefined();
  expect(await roles(keys)).toEqual(['root', 'snapshot', 'targets']);
});
