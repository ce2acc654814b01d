import type { Kysely, Migration, Transaction } from 'kysely';
import { DatabaseConflictError } from './database-errors.ts';
import type { DatabaseLocation } from './database-location.ts';

/**
 * Migrations of one room, by names that sort in the order of their making: `0001-first`. Written once, in SQLite's types:
 * PostgreSQL gets `bytea` for `blob`, `bigint` for `integer`, an identity for `autoIncrement`, and text sorted by bytes.
 */
export type Migrations = Readonly<Record<string, Migration>>;

/** A metadata database. Disposing closes it. */
export interface Database<Schema> extends AsyncDisposable {
  readonly kind: 'sqlite' | 'postgresql';
  /** For reads, and single statements that need no company. 64-bit counts come as numbers, BLOBs as `Buffer`. */
  readonly query: Kysely<Schema>;
  /**
   * One writer at a time, over all processes that use the database; whoever waits meanwhile shares the next flush to the disk. Durable
   * when it returns. `work` may be run again from its start, and must not wait for another transaction.
   * @throws {DatabaseConflictError} a row that must be unique is there already
   * @throws {DatabaseUnavailableError} and whatever `work` throws, which undoes it
   */
  transaction<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** Reads one state of the database, while others write. On SQLite other queries of this `Database` wait meanwhile. */
  snapshot<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>;
  /**
   * A number that changes when another connection, in this process or not, has committed; costs microseconds. `undefined` where
   * only a query can tell (PostgreSQL).
   */
  readonly foreignChanges: (() => number) | undefined;
}

/** What a kind of database provides to `openDatabase`. */
export interface DatabaseEngine<Schema> {
  readonly kind: Database<Schema>['kind'];
  readonly query: Kysely<Schema>;
  /** Where tables are made, when not where the engine makes them anyway. */
  readonly migrationSchema?: string;
  /** Lets one process migrate at a time. */
  migrating(migrate: (query: Kysely<Schema>) => Promise<void>): Promise<void>;
  readonly isUniqueViolation: (thrown: unknown) => boolean;
  readonly foreignChanges: (() => number) | undefined;
  /** Called once, when the schema is there. */
  ready?(): void;
}

export interface DatabaseOptions {
  /** Where the names of applied migrations are kept; rooms that may share a database have tables of their own. */
  readonly migrationTable?: string;
}

const MAX_ATTEMPTS = 5;

/**
 * Opens and migrates a database; a SQLite file is made when missing. Commits are durable when they return (SQLite: write-ahead log,
 * `synchronous=FULL`). Writers on several connections wait for each other, 10 s at most.
 * @throws {MigrationError | DatabaseUnavailableError | DatabaseDriverMissingError}
 */
export async function openDatabase<Schema>(
  location: DatabaseLocation,
  migrations: Migrations,
  { migrationTable = 'kysely_migration' }: DatabaseOptions = {},
): Promise<Database<Schema>> {
  // Loaded here and not above: half a megabyte that servers without a database do not have to read when they start.
  const [{ GroupCommit, isToBeTriedAgain }, { migrate }] = await Promise.all([
    import('./group-commit.ts'),
    import('./migrate.ts'),
  ]);
  const engine = await openEngine<Schema>(location);
  const { query, isUniqueViolation } = engine;
  try {
    await migrate(engine, migrations, migrationTable);
  } catch (thrown) {
    await query.destroy();
    throw thrown;
  }
  engine.ready?.();
  const writer = new GroupCommit<Schema>(async (work) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await query.transaction().execute(work);
      } catch (thrown) {
        if (!isToBeTriedAgain(thrown) || attempt === MAX_ATTEMPTS) throw thrown;
      }
    }
  });
  return {
    kind: engine.kind,
    query,
    transaction: (work) =>
      writer.run(work).catch((cause: unknown) => {
        if (!isUniqueViolation(cause) && !isToBeTriedAgain(cause)) throw cause;
        throw new DatabaseConflictError('another writer was first', { cause });
      }),
    snapshot: (work) => {
      const reading = query.transaction().setAccessMode('read only');
      return (engine.kind === 'postgresql' ? reading.setIsolationLevel('repeatable read') : reading).execute(work);
    },
    foreignChanges: engine.foreignChanges,
    [Symbol.asyncDispose]: () => query.destroy(),
  };
}

async function openEngine<Schema>(location: DatabaseLocation): Promise<DatabaseEngine<Schema>> {
  if (location.kind === 'postgresql') {
    const { openPostgresqlEngine } = await import('./postgresql/engine.ts');
    return openPostgresqlEngine(location);
  }
  const { openSqliteEngine } = await import('./sqlite-engine.ts');
  return openSqliteEngine(location.kind === 'memory' ? ':memory:' : location.path);
}
