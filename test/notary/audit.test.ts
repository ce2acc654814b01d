import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditLog, verifyAudit } from '../../src/notary/index.ts';
import { parseGun } from '../../src/tuf/index.ts';
import { newTarget, signTargets, TEST_NOW } from '../tuf-repository.ts';
import { files, publishNew, type RunningServer, startServer } from './running-server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ authorize: async () => 'alice', trustedProxies: ['127.0.0.1'] });
});
afterAll(() => server[Symbol.asyncDispose]());

test('what is asked of a server is in its audit log, with who asked and from where', async () => {
  const { client, database } = server;
  const repository = await publishNew(client, 'example.com/app');
  const targets = await signTargets(repository, { version: 2, targets: new Map([['v1', newTarget('x')]]) });
  await client.publish(repository.name, files({ targets: targets.bytes }));
  server.now = new Date(TEST_NOW.getTime() + 20 * 86_400_000);
  await client.getMetadata(repository.name, 'timestamp' as never);
  await client.rotateKey(repository.name, 'snapshot');
  const headers = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7' };
  await fetch(`${server.url}/v2/example.com/app/_trust/tuf/`, { method: 'DELETE', headers });

  const entries = await new AuditLog(database).list();
  const alice = { subject: 'alice', address: '127.0.0.1' };
  const gun = 'example.com/app';
  const file = (role: string, version: number) => ({ role, version, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(entries.map(({ entry }) => entry)).toMatchObject([
    { sequence: 1, action: 'create-key', gun, key: { role: 'timestamp' }, ...alice },
    { sequence: 2, action: 'create-key', gun, key: { role: 'snapshot' }, ...alice },
    {
      action: 'publish',
      files: [file('root', 1), file('targets', 1), file('snapshot', 1), file('timestamp', 1)],
      ...alice,
    },
    { action: 'publish', files: [file('targets', 2), file('snapshot', 2), file('timestamp', 2)], ...alice },
    { action: 'sign', files: [file('timestamp', 3)] },
    { action: 'create-key', key: { role: 'snapshot' }, ...alice },
    { sequence: 7, action: 'delete', gun, subject: 'alice', address: '198.51.100.7' },
  ]);
  expect(entries[4]?.entry.subject).toBeUndefined();
  expect(await verifyAudit(database)).toMatchObject({ entries: 7, break: undefined });
});

test('what is refused, or changes nothing, is in no entry', async () => {
  const { database, url } = server;
  const before = await new AuditLog(database).head();
  await fetch(`${url}/v2/example.com/none/_trust/tuf/`, { method: 'DELETE' });
  await fetch(`${url}/v2/example.com/none/_trust/tuf/`, { method: 'POST', body: 'x' });
  await server.client.getMetadata(parseGun('example.com/none'), 'root' as never).catch(() => undefined);
  expect(await new AuditLog(database).head()).toEqual(before);
});

test('a server that is to keep no audit log keeps none', async () => {
  await using silent = await startServer({ hasAudit: false });
  await publishNew(silent.client, 'example.com/app');
  expect(await new AuditLog(silent.database).head()).toMatchObject({ sequence: 0 });
});
