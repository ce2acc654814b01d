import type { Generated } from 'kysely';
import { type Database, type Migrations, openDatabase } from '../../storage/index.ts';

/** Tables of the Notary server. Times are milliseconds since 1970. */
export interface NotarySchema {
  /** Every version of every file ever published. Unique by GUN, role and version. */
  tuf_files: {
    id: Generated<number>;
    created_at: number;
    gun: string;
    role: string;
    version: number;
    /** Lower-case hex, of `data`. */
    sha256: string;
    data: Buffer;
  };
  /** One row for each new timestamp, and for each deletion. */
  changefeed: {
    id: Generated<number>;
    created_at: number;
    gun: string;
    version: number | null;
    sha256: string | null;
    category: 'update' | 'deletion';
  };
  /** Keys the server signs with. A key is pending until a root lists it. */
  server_keys: {
    id: Generated<number>;
    keyid: string;
    created_at: number;
    gun: string;
    role: string;
    keytype: string;
    public_key: Buffer;
    /** Encrypted by the key vault. Empty for a key that a remote signer holds. */
    private_key: Buffer;
  };
  /** What the private keys are encrypted with: one row, once there is a secret. Never the secret itself. */
  server_secret: {
    /** Always `SECRET_ROW`. */
    id: number;
    /** Another one each time the secret is changed. */
    secret_id: string;
    /** How the vault's key is made of the secret: `raw`, or `scrypt` with its parameters. */
    stretch: string;
    /** Base64; empty for `raw`. */
    salt: string;
    /** Base64: a known text that the right secret opens. */
    proof: string;
  };
}

export type NotaryDatabase = Database<NotarySchema>;

const MIGRATIONS: Migrations = {
  '0001-first': {
    async up(query) {
      const { schema } = query;
      await schema
        .createTable('tuf_files')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('gun', 'varchar(255)', (column) => column.notNull())
        .addColumn('role', 'varchar(255)', (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull())
        .addColumn('sha256', 'char(64)', (column) => column.notNull())
        .addColumn('data', 'blob', (column) => column.notNull())
        .addUniqueConstraint('tuf_files_version', ['gun', 'role', 'version'])
        .execute();
      await schema.createIndex('tuf_files_sha256').on('tuf_files').columns(['gun', 'sha256']).execute();
      await schema
        .createTable('changefeed')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('gun', 'varchar(255)', (column) => column.notNull())
        .addColumn('version', 'bigint')
        .addColumn('sha256', 'char(64)')
        .addColumn('category', 'varchar(20)', (column) => column.notNull())
        .execute();
      await schema.createIndex('changefeed_gun').on('changefeed').columns(['gun', 'id']).execute();
      await schema
        .createTable('server_keys')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('keyid', 'char(64)', (column) => column.notNull().unique())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('gun', 'varchar(255)', (column) => column.notNull())
        .addColumn('role', 'varchar(20)', (column) => column.notNull())
        .addColumn('keytype', 'varchar(20)', (column) => column.notNull())
        .addColumn('public_key', 'blob', (column) => column.notNull())
        .addColumn('private_key', 'blob', (column) => column.notNull())
        .execute();
      await schema.createIndex('server_keys_role').on('server_keys').columns(['gun', 'role']).execute();
    },
  },
  '0002-server-secret': {
    async up({ schema }) {
      await schema
        .createTable('server_secret')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('secret_id', 'varchar(36)', (column) => column.notNull())
        .addColumn('stretch', 'varchar(60)', (column) => column.notNull())
        .addColumn('salt', 'varchar(100)', (column) => column.notNull())
        .addColumn('proof', 'varchar(200)', (column) => column.notNull())
        .execute();
    },
  },
};

/** Opens the server's database: a SQLite file, made when missing, or `:memory:`. @throws {MigrationError} */
export function openNotaryDatabase(path: string): Promise<NotaryDatabase> {
  return openDatabase<NotarySchema>(path, MIGRATIONS);
}
