import { expect, test } from 'vitest';
import { parseEnvelope, parseRoot, rootRole } from '../../src/tuf/index.ts';
import { issue } from '../notary/signer/certificates.ts';
import { ourProgram } from './peers/our-program.ts';
import { type Postgresql, startPostgresql } from './peers/postgresql.ts';
import type { Outcome } from './peers/run.ts';
import { type Maker, openPair, type RunningServer, startServerOf, startSigner } from './peers/signers.ts';
import { createWorkspace } from './peers/workspace.ts';

const GUN = 'example.com/signed/elsewhere';
const HASH = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const ALIAS = { NOTARY_SIGNER_TIMESTAMP_1: 'first passphrase' };

/** Columns of the table that notary's migrations for PostgreSQL make. */
const ORIGINAL_TABLE = `create table "private_keys" (
  "id" serial primary key,
  ${['created_at', 'updated_at', 'deleted_at', 'last_used'].map((name) => `"${name}" timestamp null default null`).join(', ')},
  ${['key_id', 'encryption_alg', 'keywrap_alg', 'gun', 'role'].map((name) => `"${name}" varchar(255) not null`).join(', ')},
  ${['algorithm', 'passphrase_alias'].map((name) => `"${name}" varchar(50) not null`).join(', ')},
  ${['public', 'private'].map((name) => `"${name}" bytea not null`).join(', ')},
  constraint "key_id" unique ("key_id"),
  constraint "key_id_2" unique ("key_id", "algorithm"))`;

async function ok(running: Promise<Outcome>): Promise<string> {
  const { command, status, stdout, stderr } = await running;
  expect(`${command}: ${status} ${stderr}`).toBe(`${command}: 0 ${stderr}`);
  return stdout;
}

/** Key ids that the published root lists for a role. */
async function listedKeys(server: RunningServer, role: 'snapshot' | 'timestamp', gun = GUN): Promise<string[]> {
  const { body } = await server.ask('GET', `/v2/${gun}/_trust/tuf/root.json`);
  return [...rootRole(parseRoot(parseEnvelope(Buffer.from(body)).signed), role).keys.keys()];
}

/** What a publisher does: a collection with both keys at the server, targets, both keys rotated; and a reader sees it. */
async function publishAndRotate(server: RunningServer, gun = GUN): Promise<void> {
  await ok(server.notary('alice', `init ${gun} -p`));
  await ok(server.notary('alice', `key rotate ${gun} snapshot -r`));
  await ok(server.notary('alice', `addhash ${gun} v1 3 --sha256 ${HASH} -p`));
  for (const role of ['timestamp', 'snapshot'] as const) {
    const before = await listedKeys(server, role, gun);
    await ok(server.notary('alice', `key rotate ${gun} ${role} -r`));
    const after = await listedKeys(server, role, gun);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    const { status, body } = await server.ask('GET', `/v2/${gun}/_trust/tuf/${role}.key`);
    expect([status, JSON.parse(body).keytype]).toEqual([200, 'ecdsa']);
  }
  await ok(server.notary('alice', `addhash ${gun} v2 3 --sha256 ${HASH} -p`));
  const listed = await ok(server.notary('bob', `list ${gun}`));
  expect(listed).toMatch(/v1\s+ba78.*\n.*v2\s+ba78/);
}

const PAIRS: readonly { readonly server: Maker; readonly signer: Maker }[] = [
  { server: 'ours', signer: 'theirs' },
  { server: 'theirs', signer: 'ours' },
  { server: 'ours', signer: 'ours' },
  { server: 'theirs', signer: 'theirs' },
];

test.each(PAIRS)('server $server, signer $signer: publish and rotate, keys in memory', async ({ server, signer }) => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  await using running = await startSigner(pair, signer);
  await using notaryServer = await startServerOf(pair, server, running.port);
  await publishAndRotate(notaryServer);
});

test.each(PAIRS)('server $server, signer $signer: who shows another certificate gets no key', async (makers) => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  await using signer = await startSigner(pair, makers.signer);
  const stranger = issue('stranger', { by: issue('interop CA', { isCa: true }) });
  const tls = await pair.pems.write(stranger, [pair.ca]);
  await using server = await startServerOf(pair, makers.server, signer.port, { tls });
  const { status, body } = await server.ask('GET', `/v2/${GUN}/_trust/tuf/timestamp.key`);
  expect([status, JSON.parse(body)]).toEqual([
    500,
    { errors: [{ code: 'UNKNOWN', message: 'unknown error', detail: {} }] },
  ]);
});

test.each(PAIRS)('server $server, signer $signer: goes on when the signer comes back', async (makers) => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  const first = await startSigner(pair, makers.signer);
  await using server = await startServerOf(pair, makers.server, first.port);
  const health = async () => (await server.ask('GET', '/_notary_server/health')).status;
  await expect.poll(health, { timeout: 30_000 }).toBe(200);
  await first[Symbol.asyncDispose]();
  await expect.poll(health, { timeout: 30_000 }).toBe(503);
  const { body } = await server.ask('GET', '/_notary_server/health');
  expect(JSON.parse(body)).toEqual({
    'Trust operational': expect.stringMatching(/^rpc error: code = Unavailable desc = /),
  });
  await using _ = await startSigner(pair, makers.signer, { port: first.port });
  await expect.poll(health, { timeout: 60_000 }).toBe(200);
  expect((await server.ask('GET', `/v2/${GUN}/_trust/tuf/timestamp.key`)).status).toBe(200);
});

const DATABASES: readonly { readonly made: string; readonly prepare: (postgresql: Postgresql) => Promise<unknown> }[] =
  [
    { made: 'notary', prepare: (postgresql) => postgresql.psql('signer', ORIGINAL_TABLE) },
    { made: 'us', prepare: async () => undefined },
  ];

test.each(DATABASES)('one database made by $made serves both signers in turns', async ({ made, prepare }) => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  await using postgresql = await startPostgresql(workspace);
  const db_url = await postgresql.createDatabase('signer');
  await prepare(postgresql);
  const storage = { backend: 'postgres', db_url, default_alias: 'timestamp_1' };
  const turns: Maker[] = made === 'us' ? ['ours', 'theirs', 'ours'] : ['theirs', 'ours', 'theirs'];
  let signer = await startSigner(pair, turns[0] ?? 'ours', { storage, env: ALIAS });
  await using server = await startServerOf(pair, 'ours', signer.port);
  await publishAndRotate(server);
  for (const maker of turns.slice(1)) {
    await signer[Symbol.asyncDispose]();
    signer = await startSigner(pair, maker, { storage, env: ALIAS, port: signer.port });
    await expect
      .poll(async () => (await server.ask('GET', '/_notary_server/health')).status, { timeout: 30_000 })
      .toBe(200);
    await ok(server.notary('alice', `addhash ${GUN} by-${maker} 3 --sha256 ${HASH} -p`)); // with keys of the other
    await publishAndRotate(server, `${GUN}/${turns.indexOf(maker)}-${maker}`);
  }
  await signer[Symbol.asyncDispose]();
  const table = await postgresql.psql(
    'signer',
    'select encryption_alg, keywrap_alg, passphrase_alias, algorithm, role, last_used is null as unused, count(*)' +
      ' from private_keys group by 1, 2, 3, 4, 5, 6 order by 5, 6',
  );
  expect(table).toMatch(/^A256GCM\|PBES2-HS256\+A128KW\|timestamp_1\|ecdsa\|snapshot\|f\|\d+$/m);
});

test('a user of PostgreSQL who may not make tables beside the original’s has our signer serve them', async () => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  await using postgresql = await startPostgresql(workspace);
  const db_url = (await postgresql.createDatabase('signer')).replace('tester@', 'signer@');
  await postgresql.psql('signer', ORIGINAL_TABLE);
  await postgresql.psql(
    'signer',
    'create role signer login; grant create on database signer to signer;' +
      ' grant select, insert, update on private_keys to signer; grant usage on private_keys_id_seq to signer',
  );
  const storage = { backend: 'postgres', db_url, default_alias: 'timestamp_1' };
  await using signer = await startSigner(pair, 'ours', { storage, env: ALIAS });
  await using server = await startServerOf(pair, 'theirs', signer.port);
  await publishAndRotate(server);
});

test('keys are moved under another alias, and the original opens them', async () => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  await using postgresql = await startPostgresql(workspace);
  const db_url = await postgresql.createDatabase('signer');
  await postgresql.psql('signer', ORIGINAL_TABLE);
  const storage = { backend: 'postgres', db_url, default_alias: 'timestamp_1' };
  const first = await startSigner(pair, 'theirs', { storage, env: ALIAS });
  await using server = await startServerOf(pair, 'theirs', first.port);
  await publishAndRotate(server);
  const jwe = await postgresql.psql('signer', "select convert_from(private, 'UTF8') from private_keys limit 1");
  const header = JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString());
  const p2s = expect.stringMatching(/^[\w-]{16}$/);
  expect(header).toEqual({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 8192, p2s });
  const env = { ...ALIAS, NOTARY_SIGNER_TIMESTAMP_2: 'second passphrase' };
  const args = ['signer', 'reencrypt', '--config', first.config, '--from', 'timestamp_1', '--to', 'timestamp_2'];
  const report = JSON.parse(await ok(ourProgram(workspace, [...args, '--format', 'json'], { env })));
  expect(report).toMatchObject({ from: 'timestamp_1', to: 'timestamp_2', failures: [] });
  const listed = await ok(
    ourProgram(workspace, ['signer', 'keys', 'list', '--config', first.config, '--format', 'json'], { env }),
  );
  const keys = listed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(keys).toHaveLength(report.done);
  expect(new Set(keys.map(({ alias }) => alias))).toEqual(new Set(['timestamp_2']));
  expect(keys.every(({ created }) => Math.abs(Date.parse(created) - Date.now()) < 300_000)).toBe(true);
  await first[Symbol.asyncDispose]();
  const renewed = { ...storage, default_alias: 'timestamp_2' };
  await using _ = await startSigner(pair, 'theirs', {
    storage: renewed,
    env: { NOTARY_SIGNER_TIMESTAMP_2: 'second passphrase' },
    port: first.port,
  });
  await expect
    .poll(async () => (await server.notary('alice', `addhash ${GUN} v3 3 --sha256 ${HASH} -p`)).status, {
      timeout: 60_000,
    })
    .toBe(0);
});

test('our signer over SQLite keeps the keys of a real notary-server over a restart', async () => {
  await using workspace = await createWorkspace();
  await using pair = await openPair(workspace);
  const storage = { backend: 'sqlite3', db_url: workspace.at('signer.db'), default_alias: 'timestamp_1' };
  const first = await startSigner(pair, 'ours', { storage, env: ALIAS });
  await using server = await startServerOf(pair, 'theirs', first.port, { algorithm: 'ed25519' });
  await ok(server.notary('alice', `init ${GUN} -p`));
  await ok(server.notary('alice', `key rotate ${GUN} snapshot -r`));
  await first[Symbol.asyncDispose]();
  await using _ = await startSigner(pair, 'ours', { storage, env: ALIAS, port: first.port });
  await expect
    .poll(async () => (await server.notary('alice', `addhash ${GUN} v1 3 --sha256 ${HASH} -p`)).status, {
      timeout: 60_000,
    })
    .toBe(0);
  expect(await ok(server.notary('bob', `list ${GUN}`))).toContain(HASH);
});
