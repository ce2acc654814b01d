import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, expect, test } from 'vitest';
import { describeDatabases } from './database.suite.ts';
import { type Migrations, openDatabase } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'database-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const locate = async () => {
  files += 1;
  return { kind: 'sqlite', path: join(folder, `${files}.db`) } as const;
};

describeDatabases('a SQLite file', locate);

test('a SQLite file is for nobody else, and its log neither', async () => {
  const location = await locate();
  await using database = await openDatabase<{ t: { a: string } }>(location, {
    '0001-t': { up: ({ schema }) => schema.createTable('t').addColumn('a', 'text').execute() },
  });
  await database.query.insertInto('t').values({ a: 'x' }).execute();
  for (const path of [location.path, `${location.path}-wal`]) expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a SQLite file notices commits of others, not its own', async () => {
  const location = await locate();
  const migrations: Migrations = {
    '0001-t': { up: ({ schema }) => schema.createTable('t').addColumn('a', 'text').execute() },
  };
  await using mine = await openDatabase<{ t: { a: string } }>(location, migrations);
  await using theirs = await openDatabase<{ t: { a: string } }>(location, migrations);
  const before = mine.foreignChanges?.();
  await mine.query.insertInto('t').values({ a: 'x' }).execute();
  expect(mine.foreignChanges?.()).toBe(before);
  await theirs.query.deleteFrom('t').execute();
  expect(mine.foreignChanges?.()).not.toBe(before);
});

test('what a full SQLite file undoes is told as that, and the next transaction goes on', async () => {
  await using database = await openDatabase<{ t: { a: Uint8Array } }>(await locate(), {
    '0001-t': { up: ({ schema }) => schema.createTable('t').addColumn('a', 'blob').execute() },
  });
  await sql`pragma max_page_count = 20`.execute(database.query);
  const put = (length: number) =>
    database.transaction(async (transaction) => {
      await transaction
        .insertInto('t')
        .values({ a: Buffer.alloc(length) })
        .execute();
    });
  await expect(put(200_000)).rejects.toThrow('database or disk is full');
  await put(100);
  expect(await database.query.selectFrom('t').selectAll().execute()).toHaveLength(1);
});
