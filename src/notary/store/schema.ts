import type { Generated } from 'kysely';
import {
  type Database,
  type DatabaseLocation,
  type Migrations,
  openDatabase,
  parseDatabaseLocation,
} from '../../storage/index.ts';
import type { AuditTables } from './audit/tables.ts';
import { first } from './migrations/0001-first.ts';
import { serverSecret } from './migrations/0002-server-secret.ts';
import { audit } from './migrations/0003-audit.ts';

/** Tables of the Notary server. Times are milliseconds since 1970. */
export interface NotarySchema extends AuditTables {
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

/** In the order of their making. A migration that was released is never changed. */
const MIGRATIONS: Migrations = {
  '0001-first': first,
  '0002-server-secret': serverSecret,
  '0003-audit': audit,
};

/**
 * Opens the server's database and migrates it; text is read by `parseDatabaseLocation`.
 * @throws {DatabaseLocationError | DatabaseUnavailableError | DatabaseDriverMissingError | MigrationError}
 */
export function openNotaryDatabase(location: DatabaseLocation | string): Promise<NotaryDatabase> {
  const parsed = typeof location === 'string' ? parseDatabaseLocation(location) : location;
  return openDatabase<NotarySchema>(parsed, MIGRATIONS);
}
