import { Kysely, sql } from 'kysely';
import type { DatabaseEngine } from '../database.ts';
import { MigrationError } from '../database-errors.ts';
import { OneWriterPostgresDialect } from './dialect.ts';
import type { PostgresqlLocation } from './location.ts';
import { openPool, SCHEMA } from './pool.ts';

const UNIQUE_VIOLATION = '23505';
/** Ours alone: tells migrations of this program apart from other locks of the database. */
const MIGRATION_LOCK = 8_241_977_001;

/**
 * A PostgreSQL database, by a pool of connections. All tables are in a schema of our own, so that those of an original
 * notary-server in the same database stay as they are.
 * @throws {DatabaseUnavailableError | DatabaseDriverMissingError | DatabaseLocationError}
 */
export async function openPostgresqlEngine<Schema>(location: PostgresqlLocation): Promise<DatabaseEngine<Schema>> {
  const query = new Kysely<Schema>({ dialect: new OneWriterPostgresDialect({ pool: await openPool(location) }) });
  return {
    kind: 'postgresql',
    query,
    migrationSchema: SCHEMA,
    async migrating(migrate) {
      await query.connection().execute(async (connection) => {
        await sql`set lock_timeout = 0`.execute(connection); // a large database takes as long as it takes
        await sql`select pg_advisory_lock(${sql.lit(MIGRATION_LOCK)})`.execute(connection);
        try {
          await makeSchema(connection);
          await migrate(connection);
        } finally {
          await sql`select pg_advisory_unlock(${sql.lit(MIGRATION_LOCK)})`.execute(connection);
          await sql`reset lock_timeout`.execute(connection);
        }
      });
    },
    isUniqueViolation: (thrown) => (thrown as { code?: unknown } | undefined)?.code === UNIQUE_VIOLATION,
    foreignChanges: undefined,
  };
}

async function makeSchema<Schema>(query: Kysely<Schema>): Promise<void> {
  try {
    await query.schema.createSchema(SCHEMA).ifNotExists().execute();
  } catch (cause) {
    throw new MigrationError(`the database has no schema ${SCHEMA}, and its user may not make one`, { cause });
  }
}
