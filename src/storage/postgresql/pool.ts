import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient, PoolConfig } from 'pg';
import { errorMessage } from '../../core/index.ts';
import { DatabaseDriverMissingError, DatabaseUnavailableError } from '../database-errors.ts';
import { describeDatabase } from '../database-location.ts';
import type { PostgresqlLocation } from './location.ts';
import { tlsOptions } from './tls.ts';

/** The schema that has all our tables. */
export const SCHEMA = 'trustsandbox';
const MAX_CONNECTIONS = 10;
/** How long a writer waits for others. */
const LOCK_TIMEOUT_MS = 10_000;
/** Statements that a connection keeps prepared: what is asked most, parsed and planned once. */
const MAX_NAMED = 200;
/** Types that come as numbers (PostgreSQL 15, `pg_type`): int8, and the numeric that sums of it are. */
const NUMBERS: ReadonlySet<number> = new Set([20, 1700]);

/** What is used of the package. */
type Pg = Pick<typeof import('pg'), 'Pool' | 'types'>;

/** @throws {DatabaseDriverMissingError | DatabaseLocationError} */
export async function openPool(location: PostgresqlLocation): Promise<PostgresPool> {
  const pg = await loadPg();
  const pool = new pg.Pool({
    ...(await connectionOptions(location, pg)),
    max: MAX_CONNECTIONS,
    lock_timeout: LOCK_TIMEOUT_MS,
    options: `-c search_path=${SCHEMA}`,
  });
  pool.on('error', () => undefined); // an idle connection was lost: the pool drops it, and the next query makes another
  return new NamingPool(pool, location);
}

/** What `pg` needs to know of a location. @throws {DatabaseLocationError} */
export async function connectionOptions(location: PostgresqlLocation, pg: Pg): Promise<PoolConfig> {
  const { host, port, database, user, password, connectTimeoutMs } = location;
  return {
    host,
    port,
    database,
    ssl: await tlsOptions(location),
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'trustsandbox',
    types: {
      getTypeParser: (oid: number, format) =>
        NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format as 'text'),
    },
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
  };
}

/** @throws {DatabaseDriverMissingError} */
export async function loadPg(): Promise<Pg> {
  try {
    const { default: pg } = await import('pg'); // CommonJS
    return pg;
  } catch (cause) {
    throw new DatabaseDriverMissingError('pg', { cause });
  }
}

/** `pg`'s pool, with statements prepared under names, and errors that say which database did not answer. */
class NamingPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #location: PostgresqlLocation;
  readonly #names = new Map<string, string>();
  readonly #clients = new WeakMap<PoolClient, PostgresPoolClient>();

  constructor(pool: Pool, location: PostgresqlLocation) {
    this.#pool = pool;
    this.#location = location;
  }

  /** @throws {DatabaseUnavailableError} */
  async connect(): Promise<PostgresPoolClient> {
    const client = await this.#pool.connect().catch((cause: unknown) => {
      throw new DatabaseUnavailableError(`${describeDatabase(this.#location)}: ${reasonOf(cause)}`, { cause });
    });
    const known = this.#clients.get(client);
    if (known) return known;
    const named: PostgresPoolClient = {
      // only text and parameters are ever given, no cursor
      query: ((text: string, values: unknown[]) => client.query(this.#queryOf(text, values))) as never,
      release: () => client.release(),
    };
    this.#clients.set(client, named);
    return named;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #queryOf(text: string, values: unknown[]): { text: string; values?: unknown[]; name?: string } {
    if (values.length === 0) return { text };
    const known = this.#names.get(text);
    if (known !== undefined) return { name: known, text, values };
    if (this.#names.size >= MAX_NAMED) return { text, values };
    const name = `t${this.#names.size}`;
    this.#names.set(text, name);
    return { name, text, values };
  }
}

function reasonOf(thrown: unknown): string {
  const reason = thrown instanceof AggregateError ? thrown.errors.map(errorMessage).join(', ') : errorMessage(thrown);
  return reason.includes('does not support SSL') ? `${reason}; sslmode=disable connects without` : reason;
}
