import type { Kysely, Migration } from 'kysely';
import { TrustSandboxError } from '../core/index.ts';
import { openSqlite, type SqliteConnection, stopWaiting } from './sqlite.ts';

/** Migrations of one room, by names that sort in the order of their making: `0001-first`. */
export type Migrations = Readonly<Record<string, Migration>>;

/** A metadata database. Disposing closes it. */
export interface Database<Schema> extends AsyncDisposable {
  readonly query: Kysely<Schema>;
  /** A number that changes when another connection, in this process or not, has committed. Costs microseconds. */
  foreignChanges(): number;
}

/** The database could not be brought to the schema this program needs. */
export class MigrationError extends TrustSandboxError {
  readonly code = 'DATABASE_MIGRATION';
}

/**
 * Opens the SQLite file `path`, made when missing, or a database in memory (`:memory:`), and migrates it. Commits are durable
 * when they return: write-ahead log, `synchronous=FULL`. Writers on several connections wait for each other up to 10 s: write in a transaction.
 * @throws {MigrationError}
 */
export async function openDatabase<Schema>(path: string, migrations: Migrations): Promise<Database<Schema>> {
  // Loaded here and not above: half a megabyte that servers without a database do not have to read when they start.
  const [{ Kysely }, { PatientSqliteDialect }] = await Promise.all([import('kysely'), import('./patient-dialect.ts')]);
  const connection = await openSqlite(path);
  const query = new Kysely<Schema>({ dialect: new PatientSqliteDialect({ database: connection }) });
  try {
    await migrate(query, migrations);
  } catch (thrown) {
    await query.destroy();
    throw thrown;
  }
  stopWaiting(connection);
  return {
    query,
    foreignChanges: changeCounter(connection),
    [Symbol.asyncDispose]: () => query.destroy(),
  };
}

async function migrate<Schema>(query: Kysely<Schema>, migrations: Migrations): Promise<void> {
  const { Migrator } = await import('kysely');
  const migrator = new Migrator({ db: query, provider: { getMigrations: async () => ({ ...migrations }) } });
  const first = await migrator.migrateToLatest();
  const { error } = first.error ? await migrator.migrateToLatest() : first; // else another process was doing the same
  if (error) throw new MigrationError('the database cannot be migrated', { cause: error });
}

/** SQLite's own count of commits by others (sqlite.org/pragma.html, `data_version`). */
function changeCounter(connection: SqliteConnection): () => number {
  const statement = connection.prepare('PRAGMA data_version');
  return () => Number((statement.all([])[0] as { data_version: number } | undefined)?.data_version ?? 0);
}
