import { CompiledQuery, type Kysely, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ImportedCollection,
  importOriginal,
  type NotaryDatabase,
  openNotaryDatabase,
  parseOriginalLocation,
  type SqlReader,
  verifyStore,
} from '../../src/notary/index.ts';
import { listChanges } from '../../src/notary/store/change-feed.ts';
import { type Database, openDatabase } from '../../src/storage/index.ts';
import { signTargets, TEST_NOW } from '../tuf-repository.ts';
import { files, publishNew, type RunningServer, startServer } from './running-server.ts';

const now = TEST_NOW;

/** The original's tables, in a database that needs no server. */
const TABLES = {
  '0001-original': {
    async up(query: Kysely<never>) {
      await sql`create table tuf_files (id integer primary key, created_at text, updated_at text, deleted_at text, gun text,
        role text, version int, data blob, sha256 text)`.execute(query);
      await sql`create table changefeed (id integer primary key, created_at text, gun text, version int, sha256 text,
        category text)`.execute(query);
    },
  },
};

describe('importing an original', () => {
  let server: RunningServer;
  let original: Database<object>;
  let target: NotaryDatabase;
  let reader: SqlReader;
  beforeEach(async () => {
    server = await startServer();
    original = await openDatabase<object>({ kind: 'memory' }, TABLES as never);
    target = await openNotaryDatabase(':memory:');
    reader = {
      async rows(text, values = []) {
        if (text.includes('information_schema')) return [{ found: 1 }];
        return (await original.query.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, [...values]))).rows;
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await original[Symbol.asyncDispose]();
    await target[Symbol.asyncDispose]();
  });

  /** Copies what the server stored into the original's tables. */
  const copy = async (): Promise<void> => {
    const time = '2025-06-01 10:20:30.456789';
    await sql`delete from tuf_files`.execute(original.query);
    await sql`delete from changefeed`.execute(original.query);
    for (const { id, gun, role, version, data, sha256 } of await server.database.query
      .selectFrom('tuf_files')
      .selectAll()
      .execute())
      await sql`insert into tuf_files values (${id}, ${time}, ${time}, null, ${gun}, ${role}, ${version}, ${data}, ${sha256})`.execute(
        original.query,
      );
    for (const { id, gun, version, sha256, category } of await server.database.query
      .selectFrom('changefeed')
      .selectAll()
      .execute())
      await sql`insert into changefeed values (${id + 100}, ${time}, ${gun}, ${version ?? 0}, ${sha256 ?? ''}, ${category})`.execute(
        original.query,
      );
  };
  const run = async (isDryRun = false): Promise<ImportedCollection[]> => {
    const taken: ImportedCollection[] = [];
    for await (const collection of importOriginal(reader, target, { now, isDryRun })) taken.push(collection);
    return taken;
  };
  const publishTwice = async (gun: string) => {
    const repository = await publishNew(server.client, gun);
    await server.client.publish(
      repository.name,
      files({ targets: (await signTargets(repository, { version: 2 })).bytes }),
    );
    return repository;
  };

  test('takes everything with its times and the feed with its numbers, once', async () => {
    const repository = await publishTwice('example.com/a');
    await publishNew(server.client, 'example.com/gone');
    await server.client.deleteCollection('example.com/gone' as never);
    await copy();
    expect(await run(true)).toMatchObject([{ gun: repository.name, outcome: 'taken', added: 7 }]);
    expect(await target.query.selectFrom('tuf_files').selectAll().execute()).toEqual([]);
    expect(await run()).toMatchObject([{ gun: repository.name, outcome: 'taken', added: 7, warnings: [] }]);
    expect(await run()).toMatchObject([{ outcome: 'unchanged', added: 0 }]);
    const row = await target.query.selectFrom('tuf_files').select('created_at').executeTakeFirst();
    expect(row?.created_at).toBe(Date.parse('2025-06-01T10:20:30.456Z'));
    const feed = await listChanges(target, { records: 100, isBackwards: false });
    expect(feed.map(({ ID, GUN, Category }) => [ID, GUN, Category])).toEqual([
      ['101', 'example.com/a', 'update'],
      ['102', 'example.com/a', 'update'],
      ['103', 'example.com/gone', 'update'],
      ['104', 'example.com/gone', 'deletion'],
    ]);
    for await (const { problems } of verifyStore(target, { now })) expect(problems).toEqual([]);
  });

  test('adds what is new since', async () => {
    const repository = await publishTwice('example.com/a');
    await copy();
    await run();
    await server.client.publish(
      repository.name,
      files({ targets: (await signTargets(repository, { version: 3 })).bytes }),
    );
    await copy();
    expect(await run()).toMatchObject([{ outcome: 'taken', added: 3 }]);
    expect(await listChanges(target, { records: 100, isBackwards: false })).toHaveLength(3);
  });

  test.each([
    {
      why: 'newest file does not have its hash',
      change: "data = x'78' where role = 'targets' and version = 2",
      says: 'hash',
    },
    {
      why: 'newest file is not JSON',
      change:
        "data = x'78', sha256 = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881' where role = 'targets' and version = 2",
      says: '',
    },
    {
      why: 'newest file says another version',
      change: "version = 9 where role = 'timestamp' and version = 2",
      says: 'version 2',
    },
    {
      why: 'newest file is of another role',
      change: "role = 'targets/a', version = 5 where role = 'snapshot' and version = 2",
      says: 'Targets',
    },
    { why: 'snapshot is gone', change: "deleted_at = '2026-01-01' where role = 'snapshot'", says: 'snapshot' },
    { why: 'root is gone', change: "deleted_at = '2026-01-01' where role = 'root'", says: 'root' },
    { why: 'timestamp is gone', change: "deleted_at = '2026-01-01' where role = 'timestamp'", says: 'timestamp' },
    { why: 'name is none', change: "gun = '../a' where 1", says: 'no valid name' },
  ])('refuses a collection whose $why, and takes the others', async ({ change, says }) => {
    await publishTwice('example.com/bad');
    await publishTwice('example.com/good');
    await copy();
    await original.query.executeQuery(CompiledQuery.raw(`update tuf_files set ${change} and gun = 'example.com/bad'`));
    const [bad, good] = await run();
    expect(bad).toMatchObject({ outcome: 'refused', reason: expect.stringContaining(says), added: 0 });
    expect(good).toMatchObject({ gun: 'example.com/good', outcome: 'taken' });
    const stored = await target.query.selectFrom('tuf_files').select('gun').distinct().execute();
    expect(stored).toEqual([{ gun: 'example.com/good' }]);
  });

  test('leaves out a broken row of history, and says what then leads nowhere', async () => {
    await publishTwice('example.com/a');
    await copy();
    await sql`update tuf_files set data = x'78' where role = 'targets' and version = 1`.execute(original.query);
    const [taken] = await run();
    expect(taken).toMatchObject({ outcome: 'taken', added: 6 });
    expect(taken?.warnings.map(({ role, version }) => [role, version])).toEqual([
      ['targets', 1],
      ['snapshot', 1],
    ]);
  });

  test('passes over rows that the original had deleted', async () => {
    await publishTwice('example.com/a');
    await publishTwice('example.com/b');
    await copy();
    await sql`update tuf_files set deleted_at = '2026-01-01 00:00:00' where gun = 'example.com/b'`.execute(
      original.query,
    );
    const [, deleted] = await run();
    expect(deleted).toMatchObject({
      gun: 'example.com/b',
      outcome: 'refused',
      deletedRows: 7,
      reason: 'nothing is left of it',
    });
  });

  test('refuses a collection that has gone another way here', async () => {
    await publishTwice('example.com/a');
    await copy();
    await run();
    await target.query
      .updateTable('tuf_files')
      .set({ sha256: 'f'.repeat(64) })
      .where('role', '=', 'snapshot')
      .execute();
    expect(await run()).toMatchObject([{ outcome: 'refused', reason: expect.stringContaining('snapshot version') }]);
  });
});

describe('parseOriginalLocation', () => {
  test.each([
    {
      text: 'server@tcp(mysqldb:3306)/notaryserver?parseTime=True',
      location: { host: 'mysqldb', port: 3306, user: 'server', database: 'notaryserver', tls: 'false' },
    },
    { text: 'u:p@s:s/w@tcp(127.0.0.1)/n', location: { host: '127.0.0.1', port: 3306, user: 'u', password: 'p@s:s/w' } },
    {
      text: 'u@unix(/run/mysqld/mysqld.sock)/n?tls=skip-verify',
      location: { socketPath: '/run/mysqld/mysqld.sock', tls: 'skip-verify' },
    },
    { text: 'u@tcp([::1]:33)/n', location: { host: '::1', port: 33 } },
    { text: 'mysql://u:p%40@db:33/n?tls=true', location: { host: 'db', port: 33, password: 'p@', tls: 'true' } },
    { text: 'postgres://u@db/n', location: { kind: 'postgresql', host: 'db' } },
  ])('reads $text', ({ text, location }) => {
    expect(parseOriginalLocation(text)).toMatchObject(location);
  });

  test.each([
    '',
    'secret',
    'u:secret@tcp(db:99999)/n',
    'u:secret@tcp(db)/n?tls=preferred',
    'mysql://u:secret@db',
    'sqlite:///secret',
    'redis://u:secret@db/1',
  ])('refuses %j, and does not repeat it', (text) => {
    const parse = () => parseOriginalLocation(text);
    expect(parse).toThrow(expect.objectContaining({ code: 'DATABASE_LOCATION' }));
    expect(parse).not.toThrow(/secret/);
  });
});
