import { type Generated, type Kysely, sql } from 'kysely';
import { type Database, type DatabaseLocation, type Migrations, openDatabase } from '../../storage/index.ts';

/**
 * The one table of a signer, as notary-signer 0.7 has it in PostgreSQL: its database can be used as it is, and ours by it. Times are
 * in UTC, `2026-11-24 09:00:00.000`.
 */
export interface SignerSchema {
  private_keys: {
    id: Generated<number>;
    created_at: string | null;
    updated_at: string | null;
    /** Rows of deleted keys stay. */
    deleted_at: string | null;
    key_id: string;
    encryption_alg: string;
    keywrap_alg: string;
    algorithm: string;
    passphrase_alias: string;
    /** As metadata has it before base64. */
    public: Buffer;
    /** JWE, compact. */
    private: Buffer;
    gun: string;
    role: string;
    /** When it last signed; a key that never did is given again to who asks for a new one. */
    last_used: string | null;
  };
}

export type SignerQuery = Kysely<SignerSchema>;

/** A signer's database. Disposing closes it. */
export interface SignerDatabase extends AsyncDisposable {
  readonly query: SignerQuery;
  /** One writer at a time; see `Database`. */
  transaction<T>(work: (transaction: SignerQuery) => Promise<T>): Promise<T>;
}

/** Where PostgreSQL has tables whose maker said nothing about it. */
const ORIGINAL_SCHEMA = 'public';

/** @throws {MigrationError | DatabaseUnavailableError | DatabaseDriverMissingError} */
export async function openSignerDatabase(location: DatabaseLocation): Promise<SignerDatabase> {
  const within = (query: SignerQuery): SignerQuery =>
    location.kind === 'postgresql' ? query.withSchema(ORIGINAL_SCHEMA) : query;
  const hasTable = (query: SignerQuery): Promise<boolean> | false =>
    location.kind === 'postgresql' && hasOriginal(query);
  const migrations: Migrations = {
    '0001-private-keys': {
      async up(query) {
        if (!(await hasTable(query))) await createTable(within(query));
      },
    },
  };
  const options = { migrationTable: 'signer_migration' };
  const database: Database<SignerSchema> = await openDatabase<SignerSchema>(location, migrations, options);
  return {
    query: within(database.query),
    transaction: (work) => database.transaction((transaction) => work(within(transaction))),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Have an original signer's migrations made the table? Asked for, since `if not exists` needs the right to make it nonetheless. */
async function hasOriginal(query: SignerQuery): Promise<boolean> {
  const asked = sql<{ found: boolean }>`select to_regclass(${`${ORIGINAL_SCHEMA}.private_keys`}) is not null as found`;
  return (await asked.execute(query)).rows[0]?.found ?? false;
}

async function createTable({ schema }: SignerQuery): Promise<void> {
  const time = sql`timestamp`;
  await schema
    .createTable('private_keys')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('created_at', time)
    .addColumn('updated_at', time)
    .addColumn('deleted_at', time)
    .addColumn('key_id', 'varchar(255)', (column) => column.notNull().unique())
    .addColumn('encryption_alg', 'varchar(255)', (column) => column.notNull())
    .addColumn('keywrap_alg', 'varchar(255)', (column) => column.notNull())
    .addColumn('algorithm', 'varchar(50)', (column) => column.notNull())
    .addColumn('passphrase_alias', 'varchar(50)', (column) => column.notNull())
    .addColumn('public', 'blob', (column) => column.notNull())
    .addColumn('private', 'blob', (column) => column.notNull())
    .addColumn('gun', 'varchar(255)', (column) => column.notNull())
    .addColumn('role', 'varchar(255)', (column) => column.notNull())
    .addColumn('last_used', time)
    .execute();
}

/** A time as the table has it. */
export function formatTime(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', '');
}

/** What the table has, of whatever precision; `undefined` for none. */
export function parseTime(text: string | null): Date | undefined {
  if (text === null) return undefined;
  const [, date, time, fraction = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,3})?/.exec(text) ?? [];
  return date === undefined ? undefined : new Date(`${date}T${time}${fraction}Z`);
}
