import { expect, test } from 'vitest';
import { startMariadb } from './peers/mariadb.ts';
import { serverTables, signerTable } from './peers/notary-tables.ts';
import { ourProgram } from './peers/our-program.ts';
import { startPostgresql } from './peers/postgresql.ts';
import type { Outcome } from './peers/run.ts';
import { openPair, type RunningServer, startServerOf, startSigner } from './peers/signers.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

const HASH = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const ALIAS = { NOTARY_SIGNER_TIMESTAMP_1: 'first passphrase' };
const KEPT = 'example.com/kept';
const DELETED = 'example.com/deleted';

interface Original {
  readonly serverUrl: string;
  readonly signerUrl: string;
  /** Runs SQL in the server's database. */
  sql(statements: string): Promise<string>;
}

const DATABASES = [
  {
    backend: 'postgres' as const,
    async start(workspace: Workspace): Promise<Original & AsyncDisposable> {
      const postgresql = await startPostgresql(workspace);
      const [serverUrl, signerUrl] = [
        await postgresql.createDatabase('server'),
        await postgresql.createDatabase('signer'),
      ];
      await postgresql.psql('server', serverTables.postgresql);
      await postgresql.psql('signer', signerTable.postgresql);
      const sql = (statements: string) => postgresql.psql('server', statements);
      return { serverUrl, signerUrl, sql, [Symbol.asyncDispose]: () => postgresql[Symbol.asyncDispose]() };
    },
  },
  {
    backend: 'mysql' as const,
    async start(workspace: Workspace): Promise<Original & AsyncDisposable> {
      const mariadb = await startMariadb(workspace);
      const [serverUrl, signerUrl] = [await mariadb.createDatabase('server'), await mariadb.createDatabase('signer')];
      await mariadb.sql('server', serverTables.mysql);
      await mariadb.sql('signer', signerTable.mysql);
      const sql = (statements: string) => mariadb.sql('server', statements);
      return { serverUrl, signerUrl, sql, [Symbol.asyncDispose]: () => mariadb[Symbol.asyncDispose]() };
    },
  },
];

async function ok(running: Promise<Outcome>): Promise<string> {
  const { command, status, stdout, stderr } = await running;
  expect(`${command}: ${status} ${stderr}`).toBe(`${command}: 0 ${stderr}`);
  return stdout;
}

async function publish(server: RunningServer): Promise<void> {
  await ok(server.notary('alice', `init ${KEPT} -p`));
  await ok(server.notary('alice', `key rotate ${KEPT} snapshot -r`));
  await ok(server.notary('alice', `addhash ${KEPT} v1 3 --sha256 ${HASH} -p`));
  await ok(server.notary('alice', `key rotate ${KEPT} timestamp -r`));
  await ok(server.notary('alice', `addhash ${KEPT} v2 3 --sha256 ${HASH} -p`));
  await ok(server.notary('alice', `init ${DELETED} -p`));
  await ok(server.notary('alice', `delete ${DELETED} --remote`));
  await ok(server.notary('alice', 'init example.com/broken -p'));
}

test.each(DATABASES)(
  'what notary-server wrote to $backend is taken over, and its clients go on',
  async ({ backend, start }) => {
    await using workspace = await createWorkspace();
    await using pair = await openPair(workspace);
    await using original = await start(workspace);
    const [storage, keys] = [
      { backend, db_url: original.serverUrl },
      { backend, db_url: original.signerUrl, default_alias: 'timestamp_1' },
    ];
    let feed: unknown;
    let config = '';
    {
      await using signer = await startSigner(pair, 'theirs', { storage: keys, env: ALIAS });
      await using server = await startServerOf(pair, 'theirs', signer.port, { storage });
      await publish(server);
      feed = JSON.parse((await server.ask('GET', '/v2/_trust/changefeed?records=100')).body);
      config = signer.config;
    }
    await original.sql("update tuf_files set data = 'damaged' where gun = 'example.com/broken' and role = 'root'");
    const target = workspace.at('ours.db');
    const run = (...more: string[]) =>
      ourProgram(workspace, ['notary-server', 'import', '--from', original.serverUrl, '--database', target, ...more]);

    const tried = await run('--dry-run', '--format', 'json');
    expect(
      tried.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { gun: 'example.com/broken', outcome: 'refused', reason: expect.stringContaining('hash') },
      { gun: KEPT, outcome: 'taken', warnings: [] },
    ]);
    const taken = await run();
    expect(taken.status).toBe(1); // one was refused
    expect(taken.stderr).toBe(
      'example.com/broken: refused: root version 1: its bytes do not have the hash they are stored under\n',
    );
    expect(taken.stdout).toContain('1 taken, 0 unchanged, 1 refused');
    expect((await run('-q', '--format', 'json')).stdout).toContain('"outcome":"unchanged"');
    const verified = await ok(ourProgram(workspace, ['notary-server', 'verify', '--database', target]));
    expect(verified).toMatch(/^1 collection, \d+ files: all well\n$/);

    let signerStorage: Record<string, string> = keys;
    if (backend === 'mysql') {
      const db_url = workspace.at('signer.db');
      const copying = ['notary-server', 'import', '--keys-from', config, '--signer-database', db_url];
      expect(await ok(ourProgram(workspace, copying))).toMatch(/^keys: \d+ new, 0 unchanged, 0 refused\n$/);
      signerStorage = { backend: 'sqlite3', db_url, default_alias: 'timestamp_1' };
    }
    await using signer = await startSigner(pair, 'ours', { storage: signerStorage, env: ALIAS });
    await using server = await startServerOf(pair, 'ours', signer.port, {
      storage: { backend: 'sqlite3', db_url: target },
    });
    expect(await ok(server.notary('bob', `list ${KEPT}`))).toMatch(/v1\s+ba78.*\n.*v2\s+ba78/);
    const ours = JSON.parse((await server.ask('GET', '/v2/_trust/changefeed?records=100')).body);
    const isKept = ({ GUN }: { GUN: string }) => GUN !== 'example.com/broken';
    expect(ours.records.map(identity)).toEqual((feed as typeof ours).records.filter(isKept).map(identity));
    await ok(server.notary('alice', `addhash ${KEPT} v3 3 --sha256 ${HASH} -p`)); // signed by the keys it had
    expect(await ok(server.notary('bob', `list ${KEPT}`))).toMatch(/v3\s+ba78/);
    await ok(server.notary('alice', `key rotate ${KEPT} snapshot -r`));
  },
);

function identity({ ID, GUN, Category, SHA256 }: Readonly<Record<string, string>>) {
  return [ID, GUN, Category, (SHA256 ?? '').trim()]; // PostgreSQL fills up the column
}
