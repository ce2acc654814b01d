import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeDatabases } from '../../src/storage/database.suite.ts';
import { openDatabase, parseDatabaseLocation } from '../../src/storage/index.ts';
import { type Postgresql, startPostgresql } from './peers/postgresql.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

let workspace: Workspace;
let postgresql: Postgresql;
let databases = 0;

beforeAll(async () => {
  workspace = await createWorkspace();
  postgresql = await startPostgresql(workspace);
});
afterAll(async () => {
  await postgresql?.[Symbol.asyncDispose]();
  await workspace?.[Symbol.asyncDispose]();
});

const locate = async () => {
  databases += 1;
  return parseDatabaseLocation(await postgresql.createDatabase(`d${databases}`));
};

describeDatabases('a PostgreSQL database', locate);

test.each([
  { why: 'a server that is not there', change: (url: string) => url.replace(/:\d+\//, ':1/'), says: 'ECONNREFUSED' },
  { why: 'a database that is not there', change: (url: string) => url.replace('/d', '/none'), says: 'does not exist' },
  {
    why: 'a server without TLS',
    change: (url: string) => url.replace('=disable', '=require'),
    says: 'sslmode=disable',
  },
])('$why is told by name and without the password', async ({ change, says }) => {
  databases += 1;
  const url = change(await postgresql.createDatabase(`d${databases}`)).replace('tester@', 'tester:secret@');
  const failure = await openDatabase(parseDatabaseLocation(url), {}).catch((error: Error) => error);
  expect(failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE', message: expect.stringContaining(says) });
  expect(String(failure)).not.toContain('secret');
});

test('an original that has tables of the same names in the database keeps them', async () => {
  databases += 1;
  const name = `d${databases}`;
  const url = await postgresql.createDatabase(name);
  await postgresql.psql(name, 'create table item (theirs text); insert into item values (1)');
  const up = async ({
    schema,
  }: {
    schema: { createTable(name: string): { addColumn(n: string, t: 'text'): { execute(): Promise<void> } } };
  }) => schema.createTable('item').addColumn('ours', 'text').execute();
  await using database = await openDatabase<{ item: { ours: string } }>(parseDatabaseLocation(url), {
    '0001-item': { up } as never,
  });
  await database.query.insertInto('item').values({ ours: 'x' }).execute();
  expect(await postgresql.psql(name, 'select theirs from public.item; select ours from trustsandbox.item')).toBe(
    '1\nx\n',
  );
});
