import { type Kysely, Migrator, sql } from 'kysely';
import type { DatabaseEngine, Migrations } from './database.ts';
import { MigrationError } from './database-errors.ts';

/** Brings the schema up to date; a look is enough when it is. @throws {MigrationError} */
export async function migrate<Schema>(
  engine: DatabaseEngine<Schema>,
  migrations: Migrations,
  table: string,
): Promise<void> {
  if (await isMigrated(engine.query, migrations, table)) return;
  await engine.migrating(async (query) => {
    const provider = { getMigrations: async () => ({ ...migrations }) };
    const migrator = new Migrator({
      db: query,
      provider,
      migrationTableName: table,
      migrationLockTableName: `${table}_lock`,
      ...(engine.migrationSchema !== undefined && { migrationTableSchema: engine.migrationSchema }),
    });
    const first = await migrator.migrateToLatest();
    const { error } = first.error ? await migrator.migrateToLatest() : first; // else another process was doing the same
    if (error) throw new MigrationError('the database cannot be migrated', { cause: error });
  });
}

async function isMigrated<Schema>(query: Kysely<Schema>, migrations: Migrations, table: string): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)} order by name`.execute(query);
    return JSON.stringify(rows.map(({ name }) => name)) === JSON.stringify(Object.keys(migrations).sort());
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'DATABASE_UNAVAILABLE') throw thrown;
    return false; // no such table yet
  }
}
