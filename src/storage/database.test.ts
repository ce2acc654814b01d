import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Migrations, openDatabase } from './database.ts';

interface Schema {
  item: { name: string; data: Buffer; amount: number };
}

const MIGRATIONS: Migrations = {
  '0001-item': {
    async up(query) {
      await query.schema
        .createTable('item')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('data', 'blob', (column) => column.notNull())
        .addColumn('amount', 'integer', (column) => column.notNull())
        .execute();
    },
  },
};

const folder = mkdtempSync(join(tmpdir(), 'database-'));
afterAll(() => rmSync(folder, { recursive: true }));
const item = { name: 'a', data: Buffer.from([0, 1, 255]), amount: 2 ** 40 };

describe('a database', () => {
  test('keeps rows over a restart, BLOBs as buffers', async () => {
    const path = join(folder, 'kept.db');
    {
      await using database = await openDatabase<Schema>({ kind: 'sqlite', path }, MIGRATIONS);
      await database.query.insertInto('item').values(item).execute();
    }
    await using database = await openDatabase<Schema>({ kind: 'sqlite', path }, MIGRATIONS);
    const row = await database.query.selectFrom('item').selectAll().executeTakeFirstOrThrow();
    expect(row).toEqual(item);
    expect(Buffer.isBuffer(row.data)).toBe(true);
  });

  test('takes back a transaction that fails', async () => {
    await using database = await openDatabase<Schema>({ kind: 'memory' }, MIGRATIONS);
    const failing = database.query.transaction().execute(async (transaction) => {
      await transaction.insertInto('item').values(item).execute();
      await transaction.insertInto('item').values(item).execute();
    });
    await expect(failing).rejects.toThrow(/UNIQUE/);
    expect(await database.query.selectFrom('item').selectAll().execute()).toEqual([]);
  });

  test('gives back rows it changed', async () => {
    await using database = await openDatabase<Schema>({ kind: 'memory' }, MIGRATIONS);
    const returned = await database.query.insertInto('item').values(item).returning(['name', 'data']).execute();
    expect(returned).toEqual([{ name: 'a', data: item.data }]);
    expect(await database.query.deleteFrom('item').executeTakeFirst()).toEqual({ numDeletedRows: 1n });
  });

  test('notices commits of others, not its own', async () => {
    const path = join(folder, 'shared.db');
    await using mine = await openDatabase<Schema>({ kind: 'sqlite', path }, MIGRATIONS);
    await using theirs = await openDatabase<Schema>({ kind: 'sqlite', path }, MIGRATIONS);
    const before = mine.foreignChanges?.();
    await mine.query.insertInto('item').values(item).execute();
    expect(mine.foreignChanges?.()).toBe(before);
    await theirs.query.deleteFrom('item').execute();
    expect(mine.foreignChanges?.()).not.toBe(before);
  });

  test('says when it cannot be migrated', async () => {
    const broken: Migrations = {
      '0001-broken': {
        async up() {
          throw new Error('no');
        },
      },
    };
    await expect(openDatabase({ kind: 'memory' }, broken)).rejects.toMatchObject({ code: 'DATABASE_MIGRATION' });
  });
});
