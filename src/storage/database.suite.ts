import { describe, expect, test } from 'vitest';
import { type Migrations, openDatabase } from './database.ts';
import type { DatabaseLocation } from './database-location.ts';

interface Schema {
  item: { name: string; data: Buffer; amount: number };
  line: { id: number; text: string };
}

const MIGRATIONS: Migrations = {
  '0001-item': {
    async up({ schema }) {
      await schema
        .createTable('item')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('data', 'blob', (column) => column.notNull())
        .addColumn('amount', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '0002-line': {
    async up({ schema }) {
      await schema
        .createTable('line')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('text', 'varchar(20)', (column) => column.notNull())
        .execute();
    },
  },
};

const item = { name: 'a', data: Buffer.from([0, 1, 255]), amount: 2 ** 40 };

/** What every kind of database promises. `locate` gives the place of a new, empty database that several may open at once. */
export function describeDatabases(name: string, locate: () => Promise<DatabaseLocation>): void {
  describe(`${name}`, () => {
    const open = async (location?: DatabaseLocation) => openDatabase<Schema>(location ?? (await locate()), MIGRATIONS);

    test('keeps rows over a restart, BLOBs as buffers and 64-bit counts as numbers', async () => {
      const location = await locate();
      {
        await using database = await open(location);
        await database.query.insertInto('item').values(item).execute();
      }
      await using database = await open(location);
      const row = await database.query.selectFrom('item').selectAll().executeTakeFirstOrThrow();
      expect(row).toEqual(item);
      expect(Buffer.isBuffer(row.data)).toBe(true);
      const totals = database.query
        .selectFrom('item')
        .select(({ fn }) => [fn.sum('amount').as('sum'), fn.countAll().as('n')]);
      expect(await totals.executeTakeFirst()).toEqual({ sum: 2 ** 40, n: 1 });
    });

    test('takes back a transaction that fails, and says that another writer was first', async () => {
      await using database = await open();
      const failing = database.transaction(async (transaction) => {
        await transaction.insertInto('item').values(item).execute();
        await transaction.insertInto('item').values(item).execute();
      });
      await expect(failing).rejects.toMatchObject({ code: 'DATABASE_CONFLICT' });
      expect(await database.query.selectFrom('item').selectAll().execute()).toEqual([]);
    });

    test('gives back rows it changed, and counts them', async () => {
      await using database = await open();
      const returned = await database.query.insertInto('item').values(item).returning(['name', 'data']).execute();
      expect(returned).toEqual([{ name: 'a', data: item.data }]);
      expect(await database.query.deleteFrom('item').executeTakeFirst()).toEqual({ numDeletedRows: 1n });
    });

    test('does what waits as one transaction, in which each piece stands alone', async () => {
      await using database = await open();
      const names = ['a', 'b', 'a', 'c', 'b', 'd'];
      const outcomes = await Promise.allSettled(
        names.map((each) =>
          database.transaction(async (transaction) => {
            await transaction
              .insertInto('line')
              .values({ text: each } as never)
              .execute();
            await transaction
              .insertInto('item')
              .values({ ...item, name: each })
              .execute();
          }),
        ),
      );
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, true, false, true]);
      const lines = await database.query.selectFrom('line').select('text').orderBy('id').execute();
      expect(lines.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd']);
    });

    test('lets one write at a time, over all connections: who reads first writes what follows from it', async () => {
      const location = await locate();
      await using one = await open(location);
      await using other = await open(location);
      await one.query
        .insertInto('item')
        .values({ ...item, amount: 0 })
        .execute();
      const increase = (database: typeof one) =>
        database.transaction(async (transaction) => {
          const { amount } = await transaction.selectFrom('item').select('amount').executeTakeFirstOrThrow();
          await transaction
            .updateTable('item')
            .set({ amount: amount + 1 })
            .execute();
        });
      await Promise.all(Array.from({ length: 40 }, (_, i) => increase(i % 2 === 0 ? one : other)));
      expect((await other.query.selectFrom('item').select('amount').executeTakeFirst())?.amount).toBe(40);
    });

    test('reads one state of the database while others write', async () => {
      const location = await locate();
      await using reader = await open(location);
      await using writer = await open(location);
      await writer.query.insertInto('item').values(item).execute();
      const seen = await reader.snapshot(async (transaction) => {
        const before = await transaction.selectFrom('item').select('name').execute();
        await writer.transaction((writing) => writing.deleteFrom('item').execute());
        return [before, await transaction.selectFrom('item').select('name').execute()];
      });
      expect(seen).toEqual([[{ name: 'a' }], [{ name: 'a' }]]);
      expect(await reader.query.selectFrom('item').select('name').execute()).toEqual([]);
    });

    test('sorts text by its bytes', async () => {
      await using database = await open();
      const names = ['a', 'B', 'ä', 'a/b', 'a-b', 'ab', 'Z'];
      await database.query
        .insertInto('item')
        .values(names.map((each) => ({ ...item, name: each })))
        .execute();
      const sorted = await database.query.selectFrom('item').select('name').orderBy('name').execute();
      expect(sorted.map((row) => row.name)).toEqual(['B', 'Z', 'a', 'a-b', 'a/b', 'ab', 'ä']);
    });

    test('is migrated once by several that start at the same time', async () => {
      const location = await locate();
      const all = await Promise.all(Array.from({ length: 6 }, () => open(location)));
      await all[0]?.query.insertInto('item').values(item).execute();
      expect(await all[5]?.query.selectFrom('item').select('name').execute()).toEqual([{ name: 'a' }]);
      for (const database of all) await database[Symbol.asyncDispose]();
    });

    test('says when it cannot be migrated, and does not take a newer program for an older one', async () => {
      const location = await locate();
      await (await open(location))[Symbol.asyncDispose]();
      const { '0001-item': first } = MIGRATIONS;
      const older = openDatabase(location, { '0001-item': first as never });
      await expect(older).rejects.toMatchObject({ code: 'DATABASE_MIGRATION' });
      const up = async (): Promise<void> => {
        throw new Error('no');
      };
      const broken = openDatabase(location, { ...MIGRATIONS, '0003-broken': { up } });
      await expect(broken).rejects.toMatchObject({ code: 'DATABASE_MIGRATION' });
      await (await open(location))[Symbol.asyncDispose]();
    });

    test('a migration that stops halfway leaves nothing, and can be made again', async () => {
      const location = await locate();
      const make: Migrations[string]['up'] = ({ schema }) =>
        schema.createTable('other').addColumn('a', 'text').execute();
      const stopping: Migrations[string]['up'] = async (query) => {
        await make(query);
        throw new Error('cut off');
      };
      await expect(openDatabase(location, { '0001-other': { up: stopping } })).rejects.toThrow('cannot be migrated');
      await using database = await openDatabase<{ other: { a: string } }>(location, { '0001-other': { up: make } });
      expect(await database.query.selectFrom('other').selectAll().execute()).toEqual([]);
    });

    test('has migrations of two rooms side by side', async () => {
      const location = await locate();
      await using one = await open(location);
      const up: Migrations[string]['up'] = ({ schema }) => schema.createTable('other').addColumn('a', 'text').execute();
      await using two = await openDatabase<{ other: { a: string } }>(
        location,
        { '0001-other': { up } },
        { migrationTable: 'other_migration' },
      );
      await two.query.insertInto('other').values({ a: 'x' }).execute();
      await one.query.insertInto('item').values(item).execute();
    });
  });
}
