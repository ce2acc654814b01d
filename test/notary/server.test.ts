import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  defaultExpires,
  type Gun,
  parseEnvelope,
  parseGun,
  ROOT,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '../../src/tuf/index.ts';
import { newCertificateSigner, newTarget, signRoot, signSnapshot, signTargets, TEST_NOW } from '../tuf-repository.ts';
import { files, newServerRepository, publishNew, type RunningServer, startServer } from './running-server.ts';

const GUN = 'sandboxregistry:5000/test/trusttest';
const folder = mkdtempSync(join(tmpdir(), 'notary-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Fetches and verifies everything as a client does. */
async function verifyAll({ client }: RunningServer, gun: Gun, now = TEST_NOW) {
  const root = acceptRoot(parseEnvelope(await client.getMetadata(gun, ROOT)), { gun, now });
  const timestamp = acceptTimestamp(root, parseEnvelope(await client.getMetadata(gun, TIMESTAMP)), { now });
  const sha256 = timestamp.meta.get('snapshot')?.hashes.get('sha256')?.toString('hex');
  const snapshot = acceptSnapshot(root, timestamp, parseEnvelope(await client.getMetadata(gun, SNAPSHOT, { sha256 })), {
    now,
  });
  const hash = snapshot.meta.get('targets')?.hashes.get('sha256')?.toString('hex');
  const targets = acceptTargets(
    root,
    snapshot,
    parseEnvelope(await client.getMetadata(gun, TARGETS, { sha256: hash })),
    { now },
  );
  return { root, timestamp, snapshot, targets };
}

describe('a published collection', () => {
  test('verifies from root to targets', async () => {
    await using server = await startServer();
    const { name } = await publishNew(server.client, GUN);
    const { timestamp, snapshot } = await verifyAll(server, name);
    expect([timestamp.version, snapshot.version]).toEqual([1, 1]);
  });

  test('survives a restart, keys and all, and its keys do not lie open', async () => {
    const path = join(folder, 'restart.db');
    const secret = randomBytes(32);
    let repository: Awaited<ReturnType<typeof publishNew>>;
    {
      await using server = await startServer({ path, keys: { secret } });
      repository = await publishNew(server.client, GUN);
    }
    await using server = await startServer({ path, keys: { secret } });
    const targets = await signTargets(repository, { version: 2, targets: new Map([['latest', newTarget('x')]]) });
    await server.client.publish(repository.name, files({ targets: targets.bytes }));
    expect((await verifyAll(server, repository.name)).targets.targets.has('latest')).toBe(true);
    expect(readFileSync(path).includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false);
  });

  test('cannot be signed for by a server with another secret, and is served all the same', async () => {
    const path = join(folder, 'secret.db');
    let repository: Awaited<ReturnType<typeof publishNew>>;
    {
      await using server = await startServer({ path });
      repository = await publishNew(server.client, GUN);
    }
    await using server = await startServer({ path });
    await expect(server.client.publish(repository.name, files({}))).rejects.toMatchObject({ status: 500 });
    await verifyAll(server, repository.name);
  });

  test('gets a new timestamp when the old one has run out, and not before', async () => {
    await using server = await startServer();
    const { name } = await publishNew(server.client, GUN);
    const first = await verifyAll(server, name);
    server.now = new Date(first.timestamp.expires);
    expect((await verifyAll(server, name, server.now)).timestamp.version).toBe(1);
    server.now = new Date(server.now.getTime() + 1);
    const [one, two] = await Promise.all([verifyAll(server, name, server.now), verifyAll(server, name, server.now)]);
    expect([one.timestamp.version, two.timestamp.version, one.snapshot.version]).toEqual([2, 2, 1]);
  });

  test('gets a new snapshot too when that has run out', async () => {
    await using server = await startServer();
    const gun = parseGun(GUN);
    const repository = await newServerRepository(server.client, gun);
    const late = { expires: '2036-01-01T00:00:00Z' };
    const [root, targets] = [await signRoot(repository), await signTargets(repository, late)];
    await server.client.publish(gun, files({ root: root.bytes, targets: targets.bytes }));
    server.now = new Date('2030-06-01T00:00:00Z');
    const { timestamp, snapshot } = await verifyAll(server, gun, server.now);
    expect([timestamp.version, snapshot.version]).toEqual([2, 2]);
    expect(parseEnvelope(await server.client.getMetadata(gun, SNAPSHOT)).bytes.equals(snapshot.envelope.bytes)).toBe(
      true,
    );
  });

  test('is served as it is when the key to renew it is not the server’s', async () => {
    await using server = await startServer();
    const gun = parseGun(GUN);
    const withServerKeys = await newServerRepository(server.client, gun);
    const repository = { ...withServerKeys, root: withServerKeys.root };
    const roles = new Map(repository.root.roles);
    const { key } = repository.signers.snapshot;
    roles.set('snapshot', { keyids: [key.keyid], threshold: 1, extra: {} });
    const keys = new Map([...repository.root.keys, [key.keyid as string, key]]);
    const root = await signRoot(repository, { roles, keys });
    const targets = await signTargets(repository);
    const snapshot = await signSnapshot(repository, { root, targets });
    await server.client.publish(gun, files({ root: root.bytes, targets: targets.bytes, snapshot: snapshot.bytes }));
    server.now = new Date('2030-06-01T00:00:00Z');
    expect((await server.client.getMetadata(gun, SNAPSHOT)).equals(snapshot.bytes)).toBe(true);
  });

  test('rotates its root, and refuses a root the old keys did not sign', async () => {
    await using server = await startServer();
    const repository = await publishNew(server.client, GUN);
    const next = { ...repository, signers: { ...repository.signers, root: newCertificateSigner(GUN) } };
    const { key } = next.signers.root;
    const roles = new Map([...repository.root.roles, ['root', { keyids: [key.keyid], threshold: 1, extra: {} }]]);
    const change = { version: 2, roles, keys: new Map([...repository.root.keys, [key.keyid, key]]) };
    const alone = await signRoot(next, change);
    await expect(server.client.publish(repository.name, files({ root: alone.bytes }))).rejects.toThrow(
      'The root metadata is invalid: could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
    );
    const both = await signRoot(next, change, repository.signers.root);
    await server.client.publish(repository.name, files({ root: both.bytes }));
    expect((await verifyAll(server, repository.name)).root.version).toBe(2);
    expect((await server.client.getMetadata(repository.name, ROOT, { version: 1 })).length).toBeGreaterThan(0);
  });

  test('can replace a root whose certificate has run out', async () => {
    await using server = await startServer();
    const gun = parseGun(GUN);
    const old = await newServerRepository(server.client, gun);
    const brief = newCertificateSigner(GUN, { notAfter: new Date('2026-12-01T00:00:00Z') });
    const listing = (signer: typeof brief) => ({
      roles: new Map([...old.root.roles, ['root', { keyids: [signer.key.keyid], threshold: 1, extra: {} }]]),
      keys: new Map([...old.root.keys, [signer.key.keyid as string, signer.key]]),
    });
    const first = { ...old, signers: { ...old.signers, root: brief } };
    const root = await signRoot(first, listing(brief));
    await server.client.publish(gun, files({ root: root.bytes, targets: (await signTargets(old)).bytes }));
    server.now = new Date('2027-01-01T00:00:00Z');
    const fresh = newCertificateSigner(GUN);
    const next = await signRoot(
      { ...old, signers: { ...old.signers, root: fresh } },
      { version: 2, ...listing(fresh) },
      brief,
    );
    await server.client.publish(gun, files({ root: next.bytes }));
    expect((await verifyAll(server, gun, server.now)).root.version).toBe(2);
  });

  test('is gone when deleted, and those of like names are not', async () => {
    await using server = await startServer();
    const [one, two] = [await publishNew(server.client, 'a/b'), await publishNew(server.client, 'a/bc')];
    await server.client.deleteCollection(one.name);
    await expect(server.client.getMetadata(one.name, TIMESTAMP)).rejects.toMatchObject({
      code: 'NOTARY_REMOTE_NOT_FOUND',
    });
    await verifyAll(server, two.name);
    await server.client.deleteCollection(one.name);
    const feed = JSON.parse(await (await fetch(`${server.url}/v2/_trust/changefeed?records=0`)).text());
    expect(feed.records.map(({ Category, GUN: gun }: Record<string, string>) => `${Category} ${gun}`)).toEqual([
      'update a/b',
      'update a/bc',
      'deletion a/b',
    ]);
  });

  test('keeps the bytes of an upload, however they are laid out', async () => {
    await using server = await startServer();
    const gun = parseGun(GUN);
    const repository = await newServerRepository(server.client, gun);
    const indent = (bytes: Buffer) => Buffer.from(JSON.stringify(JSON.parse(bytes.toString()), null, 2));
    const [root, targets] = [indent((await signRoot(repository)).bytes), indent((await signTargets(repository)).bytes)];
    await server.client.publish(gun, files({ root, targets }));
    expect((await server.client.getMetadata(gun, ROOT)).equals(root)).toBe(true);
    await verifyAll(server, gun);
  });
});

describe('publishers at the same time', () => {
  test('of one version: one of 64 wins, the others are told VERSION', async () => {
    await using server = await startServer();
    const repository = await publishNew(server.client, GUN);
    for (const version of [2, 3]) {
      const offers = await Promise.all(
        Array.from({ length: 64 }, (_, i) =>
          signTargets(repository, { version, targets: new Map([[`tag${i}`, newTarget('x')]]) }),
        ),
      );
      const results = await Promise.allSettled(
        offers.map(({ bytes }) => server.client.publish(repository.name, files({ targets: bytes }))),
      );
      const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.wireCode);
      expect(refused).toEqual(Array.from({ length: 63 }, () => 'VERSION'));
      const { targets, timestamp } = await verifyAll(server, repository.name);
      expect([targets.version, timestamp.version]).toEqual([version, version]);
    }
  });

  test('through two servers on one database: never two winners', async () => {
    const path = join(folder, 'replicas.db');
    const keys = { secret: randomBytes(32) };
    await using one = await startServer({ path, keys });
    await using two = await startServer({ path, keys });
    const repository = await publishNew(one.client, GUN);
    for (let version = 2; version < 8; version += 1) {
      await verifyAll(two, repository.name); // so that it has the old files in memory
      const offers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          signTargets(repository, { version, targets: new Map([[`tag${i}`, newTarget('x')]]) }),
        ),
      );
      const results = await Promise.allSettled(
        offers.map(({ bytes }, i) => [one, two][i % 2]?.client.publish(repository.name, files({ targets: bytes }))),
      );
      const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.wireCode);
      expect(refused).toEqual(Array.from({ length: 7 }, () => 'VERSION'));
      for (const server of [one, two]) expect((await verifyAll(server, repository.name)).targets.version).toBe(version);
    }
  });
});

describe('keys', () => {
  test('are handed out again until a root lists one, and then that one', async () => {
    await using server = await startServer();
    const gun = parseGun(GUN);
    const pending = await server.client.getKey(gun, 'timestamp');
    expect((await server.client.getKey(gun, 'timestamp')).keyid).toBe(pending.keyid);
    const rotated = await server.client.rotateKey(gun, 'timestamp');
    expect((await server.client.getKey(gun, 'timestamp')).keyid).toBe(rotated.keyid);
    await publishNew(server.client, GUN);
    await server.client.rotateKey(gun, 'timestamp');
    expect((await server.client.getKey(gun, 'timestamp')).keyid).toBe(rotated.keyid);
  });

  test('of one collection do not sign for another', async () => {
    await using server = await startServer();
    const foreign = await newServerRepository(server.client, parseGun('a/b'));
    const root = newCertificateSigner(GUN);
    const roles = new Map([...foreign.root.roles, ['root', { keyids: [root.key.keyid], threshold: 1, extra: {} }]]);
    const keys = new Map([...foreign.root.keys, [root.key.keyid as string, root.key]]);
    const signed = await signRoot({ ...foreign, signers: { ...foreign.signers, root } }, { roles, keys });
    const upload = files({ root: signed.bytes, targets: (await signTargets(foreign)).bytes });
    await expect(server.client.publish(parseGun(GUN), upload)).rejects.toThrow(
      'no snapshot was included in update and server does not hold current snapshot key for repository',
    );
  });
});

test('a collection outside the server’s prefixes is not there, and cannot be published', async () => {
  await using server = await startServer({ gunPrefixes: ['docker.io/'] });
  await expect(server.client.getKey(parseGun(GUN), 'timestamp')).rejects.toMatchObject({
    code: 'NOTARY_REMOTE_NOT_FOUND',
  });
  await expect(server.client.publish(parseGun(GUN), files({}))).rejects.toMatchObject({ wireCode: 'INVALID_GUN' });
  await publishNew(server.client, 'docker.io/library/alpine');
});

test('an access that is not allowed is refused with the challenge', async () => {
  const { WireError } = await import('../../src/notary/index.ts');
  const asked: unknown[] = [];
  await using server = await startServer({
    authorize: async (access, authorization) => {
      asked.push({ ...access, authorization });
      if (authorization !== 'Bearer good')
        throw new WireError('UNAUTHORIZED', [], { 'www-authenticate': 'Bearer realm="x"' });
    },
  });
  expect(await server.client.ping()).toEqual({ status: 401, challenge: 'Bearer realm="x"' });
  await expect(server.client.getMetadata(parseGun('a/b'), ROOT)).rejects.toThrow(
    'you are not authorized to perform this operation: server returned 401.',
  );
  expect(asked.at(-1)).toEqual({ gun: 'a/b', actions: ['pull'], authorization: undefined });
  expect((await fetch(`${server.url}/_notary_server/health`)).status).toBe(200);
});

test('a server whose database is gone says that it is not healthy', async () => {
  await using server = await startServer();
  const health = async () => {
    const response = await fetch(`${server.url}/_notary_server/health`);
    return [response.status, await response.json()];
  };
  expect(await health()).toEqual([200, {}]);
  await server.database[Symbol.asyncDispose]();
  expect(await health()).toEqual([503, { 'DB operational': expect.any(String) }]);
});

test('lifetimes are those of the original', async () => {
  await using server = await startServer();
  const { name } = await publishNew(server.client, GUN);
  const { timestamp, snapshot } = await verifyAll(server, name);
  expect(timestamp.expires).toBe(defaultExpires('timestamp', TEST_NOW));
  expect(timestamp.expires).toBe('2026-12-07T12:00:00Z');
  expect(snapshot.expires).toBe('2029-11-22T12:00:00Z');
});
