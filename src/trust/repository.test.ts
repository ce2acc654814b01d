import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NetworkError, RemoteNotFoundError, RemoteUnavailableError } from '../notary/client/index.ts';
import {
  parseEnvelope,
  parseGun,
  parseTargets,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '../tuf/index.ts';
import { RELEASES } from './collection.ts';
import { describeTrustError } from './describe-error.ts';
import { KeyStore } from './key-store.ts';
import { TrustRepository } from './repository.ts';
import { MemoryTrustServer } from './testing/memory-trust-server.ts';
import { scriptedPassphrases } from './testing/scripted-passphrases.ts';
import { TrustDirectory } from './trust-directory.ts';

const gun = parseGun('sandboxregistry:5000/test/trusttest');
const file = (fill: number) => ({ length: 730, hashes: new Map([['sha256', Buffer.alloc(32, fill)]]), extra: {} });
const code = (code: string) => expect.objectContaining({ code });
const offline = () => new NetworkError('dial tcp 127.0.0.1:4443: connect: connection refused');

let home: string;
let now: Date;
let server: MemoryTrustServer;
const clock = { now: () => now };

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trust-'));
  now = new Date('2026-11-23T05:00:00Z');
  server = new MemoryTrustServer(clock);
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A client on a machine of its own, or on one it shares with earlier clients. */
function client({ machine = 'one', passphrase = 'sandbox-passphrase' } = {}) {
  const directory = new TrustDirectory(join(home, machine));
  const passphrases = scriptedPassphrases(passphrase);
  const lines: string[] = [];
  const note = (level: string) => (event: string) => void lines.push(`${level} ${event}`);
  const log = { debug: () => undefined, info: note('info'), warn: note('warning'), error: note('error') };
  const keys = new KeyStore(directory, passphrases);
  return { repository: new TrustRepository({ gun, directory, server, keys, clock, log }), keys, passphrases, lines };
}

async function publishedFrom(machine = 'one'): Promise<ReturnType<typeof client>> {
  const publisher = client({ machine });
  await publisher.repository.initialize();
  await publisher.repository.addTarget('latest', file(1));
  await publisher.repository.publish();
  server.requests.length = 0;
  return publisher;
}

describe('the first publish', () => {
  test('asks for keys and metadata in the order of docker', async () => {
    const { repository, passphrases } = client();
    await expect(repository.listTargets()).rejects.toThrow(code('TRUST_NOT_FOUND'));
    await repository.initialize();
    await repository.addTarget('latest', file(1));
    await repository.publish();
    expect(passphrases.asked).toEqual(['new root', 'new targets']);
    expect(server.requests).toEqual(['root', 'key timestamp', 'key snapshot', 'root', 'publish root targets']);
  });

  test('sends root version 1 and targets version 2', async () => {
    await publishedFrom();
    const [root, targets] = [server.current(ROOT), server.current(TARGETS)].map((bytes) =>
      parseEnvelope(bytes ?? Buffer.of()),
    );
    expect(root?.signed).toMatchObject({ version: 1, expires: '2036-11-20T05:00:00Z', consistent_snapshot: false });
    expect(targets?.signed).toMatchObject({ version: 2, expires: '2029-11-22T05:00:00Z' });
    expect(targets?.signed.targets).toEqual({
      latest: { hashes: { sha256: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=' }, length: 730 },
    });
  });

  test('leaves nothing readable by others, and nothing staged', async () => {
    const { repository } = await publishedFrom();
    expect(await repository.changes.list()).toEqual([]);
    for (const entry of await readdir(join(home, 'one'), { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      expect(mode & 0o777).toBe(entry.isDirectory() ? 0o700 : 0o600);
    }
  });

  test('uses the root key that is there', async () => {
    const { keys, repository } = client();
    const rootKey = await keys.create({ role: 'root' });
    await repository.initialize();
    expect((await keys.listRole('root')).map(({ keyid }) => keyid)).toEqual([rootKey.keyid]);
  });

  test('initialises by itself when nothing is there', async () => {
    const { repository } = client();
    await repository.addTarget('latest', file(1));
    await repository.publish();
    expect(server.requests.at(-1)).toBe('publish root targets');
  });
});

describe('a later publish', () => {
  test('sends targets alone, and asks for one passphrase', async () => {
    await publishedFrom();
    const { repository, passphrases } = client();
    const roles = await repository.listSignableRoles('v2');
    await repository.addTarget('v2', file(2), roles);
    await repository.publish();
    expect(roles).toEqual(['targets']);
    expect(passphrases.asked).toEqual(['targets']);
    expect(server.requests.at(-1)).toBe('publish targets');
    const targets = parseTargets(TARGETS, parseEnvelope(server.current(TARGETS) ?? Buffer.of()).signed);
    expect([...targets.targets.keys()]).toEqual(['latest', 'v2']);
    expect(targets.version).toBe(3);
  });

  test('of nothing new sends nothing, though it asks for the passphrase', async () => {
    await publishedFrom();
    const { repository, passphrases } = client();
    await repository.addTarget('latest', file(1));
    await repository.publish();
    expect(passphrases.asked).toEqual(['targets']);
    expect(server.requests.at(-1)).toBe('publish');
  });

  test.each([
    { why: 'there is no key', machine: 'two', passphrase: 'sandbox-passphrase', asked: 0 },
    { why: 'the passphrase is wrong', machine: 'one', passphrase: 'wrong-passphrase', asked: 6 },
  ])('is refused when $why, and stays staged', async ({ machine, passphrase, asked }) => {
    await publishedFrom();
    const { repository, passphrases, lines } = client({ machine, passphrase });
    await repository.addTarget('latest', file(2));
    await expect(repository.publish()).rejects.toThrow(code('TRUST_NO_SIGNING_KEYS'));
    expect(passphrases.asked).toHaveLength(asked);
    expect(lines).toEqual([
      expect.stringMatching(
        /^error couldn't add target to targets: could not find necessary signing keys, at least one of these keys must be available: [0-9a-f]{64}$/,
      ),
    ]);
    expect(await repository.changes.list()).toHaveLength(1);
  });

  test('needs no key for a target that is there already', async () => {
    await publishedFrom();
    const { repository } = client({ machine: 'two' });
    await repository.addTarget('latest', file(1));
    await repository.publish();
    expect(server.requests.at(-1)).toBe('publish');
  });

  test('is not made on the word of the cache when the server is down', async () => {
    const { repository, lines } = await publishedFrom();
    server.failure = offline();
    await repository.addTarget('latest', file(2));
    await expect(repository.publish()).rejects.toThrow(code('NOTARY_NETWORK'));
    expect(lines).toEqual([
      'error Could not publish Repository since we could not update: dial tcp 127.0.0.1:4443: connect: connection refused',
    ]);
  });

  test('starts from what another machine has published meanwhile', async () => {
    const one = await publishedFrom();
    await one.repository.update();
    const two = client();
    await two.repository.addTarget('v2', file(2));
    await two.repository.publish();
    await one.repository.addTarget('v3', file(3));
    await one.repository.publish();
    expect((await one.repository.listTargets()).map(({ name }) => name)).toEqual(['latest', 'v2', 'v3']);
  });

  test('is tried again when another machine was quicker by a moment', async () => {
    const one = await publishedFrom();
    await one.repository.addTarget('v2', file(2));
    const two = client();
    let isFirstTry = true;
    const publish = server.publish.bind(server);
    server.publish = async (...args) => {
      const isOvertaken = isFirstTry;
      isFirstTry = false;
      if (isOvertaken) await two.repository.publish();
      await publish(...args);
    };
    await two.repository.addTarget('v3', file(3));
    await one.repository.publish();
    expect((await client({ machine: 'reader' }).repository.listTargets()).map(({ name }) => name)).toEqual([
      'latest',
      'v2',
      'v3',
    ]);
    expect(await one.repository.changes.list()).toEqual([]);
  });

  test('signs root anew when it expires within six months', async () => {
    const { repository } = await publishedFrom();
    for (const [version, year] of [2029, 2031, 2033, 2035, 2036].entries()) {
      now = new Date(`${year}-06-01T00:00:00Z`);
      await server.replaceRoot(server.current(ROOT) ?? Buffer.of(), 1);
      await repository.addTarget('latest', file(version));
      await repository.publish();
    }
    expect(server.requests.at(-1)).toBe('publish root targets');
    expect(parseEnvelope(server.current(ROOT) ?? Buffer.of()).signed).toMatchObject({
      version: 2,
      expires: '2046-05-30T00:00:00Z',
    });
    expect((await client({ machine: 'two' }).repository.update()).root.version).toBe(2);
  });
});

describe('an update', () => {
  test('of an unknown collection asks for root, timestamp, snapshot and targets', async () => {
    await publishedFrom();
    await client({ machine: 'two' }).repository.update();
    expect(server.requests).toEqual(['root', 'timestamp', 'snapshot by hash', 'targets by hash']);
  });

  test('of what is current asks for the timestamp alone', async () => {
    const { repository } = await publishedFrom();
    await repository.update();
    server.requests.length = 0;
    await repository.update();
    expect(server.requests).toEqual(['timestamp']);
  });

  test.each([
    ['network', offline()],
    ['server error', new RemoteUnavailableError(500)],
    ['not found', new RemoteNotFoundError('timestamp')],
  ])('carries on with an unexpired cache after: %s', async (_, failure) => {
    const { repository, lines } = await publishedFrom();
    await repository.update();
    server.failure = failure;
    expect((await repository.getTarget('latest')).file.length).toBe(730);
    expect(lines).toEqual([
      'warning Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely',
    ]);
  });

  test('does not carry on with a cached timestamp that has expired', async () => {
    const { repository } = await publishedFrom();
    await repository.update();
    server.failure = offline();
    now = new Date('2026-12-08T00:00:00Z');
    await expect(repository.update()).rejects.toThrow(code('NOTARY_NETWORK'));
  });

  test('tells of an expired timestamp when the server has no other', async () => {
    const { repository } = await publishedFrom();
    now = new Date('2026-12-08T00:00:00Z');
    await expect(repository.update()).rejects.toThrow('timestamp expired at Mon Dec 7 05:00:00 UTC 2026');
  });

  test('refuses an older timestamp than it has seen', async () => {
    const { repository } = await publishedFrom();
    const old = server.current(TIMESTAMP) ?? Buffer.of();
    await repository.addTarget('v2', file(2));
    await repository.publish();
    await repository.update();
    server.tamper = (name, bytes) => (name === 'timestamp' ? old : bytes);
    await expect(repository.update()).rejects.toThrow(code('TUF_ROLLBACK'));
    await expect(repository.update()).rejects.toThrow('version 1 is lower than current version 2');
    expect((await client({ machine: 'new' }).repository.listTargets()).map(({ name }) => name)).toEqual(['latest']);
  });

  test.each(['timestamp', 'snapshot by hash', 'targets by hash', 'root'])(
    'refuses a changed %s and keeps what it had',
    async (name) => {
      const { repository } = await publishedFrom();
      server.tamper = (asked, bytes) =>
        asked === name ? Buffer.from(bytes.toString().replace('"version":', '"version":1')) : bytes;
      const victim = client({ machine: 'victim' });
      await expect(victim.repository.update()).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^TUF_/) }),
      );
      server.tamper = (_, bytes) => bytes;
      expect((await victim.repository.update()).targets.get(TARGETS)?.version).toBe(2);
      await expect(repository.update()).resolves.toBeDefined();
    },
  );

  test('refuses the root of another repository under the same name', async () => {
    const { repository } = await publishedFrom();
    await repository.update();
    const imposter = new MemoryTrustServer(clock);
    server = imposter;
    await publishedFrom('imposter');
    const victim = client();
    await expect(victim.repository.update()).rejects.toThrow(code('TUF_ROOT_ROTATION'));
    expect(describeTrustError(gun, await victim.repository.update().catch((error: unknown) => error))).toBe(
      'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
    );
  });

  test('warns of what expires within six months', async () => {
    await publishedFrom();
    now = new Date('2029-06-23T05:00:00Z');
    await server.replaceRoot(server.current(ROOT) ?? Buffer.of(), 1);
    const { repository, lines } = client();
    await repository.update();
    expect(lines).toEqual(['warning targets metadata is nearing expiry, you should re-sign the role metadata']);
  });
});

describe('delegations', () => {
  const alice = 'targets/alice' as RoleName;

  async function withAlice() {
    const admin = await publishedFrom();
    const signer = client({ machine: 'alice' });
    const key = await signer.keys.create({ role: 'alice' });
    for (const role of [alice, RELEASES]) {
      await admin.repository.changes.add({ kind: 'add-delegation', role, edit: { threshold: 1, addKeys: [key] } });
      await admin.repository.changes.add({ kind: 'add-delegation', role, edit: { addPaths: [''] } });
    }
    await admin.repository.publish();
    server.requests.length = 0;
    return { admin, signer };
  }

  test('are signed by those who have a key, and no more by targets', async () => {
    const { admin, signer } = await withAlice();
    await expect(admin.repository.listSignableRoles('v2')).rejects.toThrow(code('TRUST_NO_SIGNABLE_ROLES'));
    const roles = await signer.repository.listSignableRoles('v2');
    expect(roles).toEqual([alice, RELEASES]);
    await signer.repository.addTarget('v2', file(2), roles);
    await signer.repository.publish();
    expect(server.requests.at(-1)).toBe('publish targets/alice targets/releases');
    const found = await client({ machine: 'reader' }).repository.getTarget('v2', [RELEASES, TARGETS]);
    expect(found.role).toBe(RELEASES);
  });

  test('begin with version 1', async () => {
    const { signer } = await withAlice();
    await signer.repository.addTarget('v2', file(2), [alice]);
    await signer.repository.publish();
    expect(parseEnvelope(server.current(alice) ?? Buffer.of()).signed).toMatchObject({ version: 1, _type: 'Targets' });
  });

  test('shadow targets in lists, and are passed over where only targets is asked for', async () => {
    const { signer } = await withAlice();
    await signer.repository.addTarget('latest', file(9), [alice, RELEASES]);
    await signer.repository.publish();
    const { repository } = client({ machine: 'reader' });
    const listed = await repository.listTargets([RELEASES, TARGETS]);
    expect(listed.map(({ role, file }) => [role, file.hashes.get('sha256')?.[0]])).toEqual([[RELEASES, 9]]);
    expect((await repository.listSignedTargets('latest')).map(({ role }) => role)).toEqual([TARGETS, alice, RELEASES]);
  });

  test('can be removed, with their keys', async () => {
    const { admin } = await withAlice();
    for (const role of [alice, RELEASES]) await admin.repository.changes.add({ kind: 'remove-delegation', role });
    await admin.repository.publish();
    const targets = parseTargets(TARGETS, parseEnvelope(server.current(TARGETS) ?? Buffer.of()).signed);
    expect(targets.delegations).toMatchObject({ keys: new Map(), roles: [] });
    expect(await admin.repository.listSignableRoles('v2')).toEqual([TARGETS]);
  });
});

test('a snapshot whose key is here is signed here', async () => {
  const { repository, keys } = client();
  const snapshotKey = await keys.create({ role: 'snapshot', gun });
  server.getKey = async (_, role) => (role === SNAPSHOT ? snapshotKey : new MemoryTrustServer(clock).getKey(gun, role));
  await repository.initialize();
  await repository.addTarget('latest', file(1));
  const sent = new Map<RoleName, Uint8Array>();
  server.publish = async (_, files) => {
    for (const [role, bytes] of files) sent.set(role, bytes);
  };
  await repository.publish();
  expect([...sent.keys()]).toEqual([ROOT, TARGETS, SNAPSHOT]);
  const snapshot = parseEnvelope(sent.get(SNAPSHOT) ?? Buffer.of());
  expect(snapshot.signed).toMatchObject({ version: 1, meta: { root: { length: sent.get(ROOT)?.byteLength } } });
  expect(snapshot.signatures.map(({ keyid }) => keyid)).toEqual([snapshotKey.keyid]);
});
