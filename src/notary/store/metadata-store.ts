import { createHash } from 'node:crypto';
import { type Insertable, type Selectable, type SelectQueryBuilder, sql, type Transaction } from 'kysely';
import { TrustSandboxError } from '../../core/index.ts';
import type { Gun, RoleName } from '../../tuf/index.ts';
import { TIMESTAMP } from '../../tuf/index.ts';
import type { NotaryDatabase, NotarySchema } from './schema.ts';

/** One version of one role's metadata, as it was uploaded or signed. */
export interface StoredFile {
  readonly role: string;
  readonly version: number;
  readonly sha256: string;
  readonly bytes: Buffer;
  /** When it was stored, as HTTP and the original write it: `Mon, 23 Nov 2026 04:52:54 UTC`. */
  readonly lastModified: string;
}

/** A file about to be stored. */
export interface NewFile {
  readonly role: RoleName;
  readonly version: number;
  readonly bytes: Buffer;
}

/** Somebody else stored this version, or a later one, first. */
export class VersionConflictError extends TrustSandboxError {
  readonly code = 'NOTARY_VERSION_CONFLICT';
  readonly role: RoleName;
  readonly version: number;
  constructor({ role, version }: Pick<NewFile, 'role' | 'version'>) {
    super(`${role} version ${version} is not newer than what is stored`);
    this.role = role;
    this.version = version;
  }
}

/** More to be done in the transaction of an update: all of it is stored, or nothing. `files` are those just stored. */
export type InTransaction = (transaction: Transaction<NotarySchema>, files: readonly StoredFile[]) => Promise<void>;

type FileRow = Insertable<NotarySchema['tuf_files']>;
type FileQuery = SelectQueryBuilder<NotarySchema, 'tuf_files', object>;

/** Metadata of all collections, every version of it. */
export class MetadataStore {
  readonly #database: NotaryDatabase;

  constructor(database: NotaryDatabase) {
    this.#database = database;
  }

  findCurrent(gun: Gun, role: RoleName): Promise<StoredFile | undefined> {
    return this.#find(gun, (query) => query.where('role', '=', role).orderBy('version', 'desc').limit(1));
  }

  findVersion(gun: Gun, role: RoleName, version: number): Promise<StoredFile | undefined> {
    return this.#find(gun, (query) => query.where('role', '=', role).where('version', '=', version));
  }

  /** Whatever has this hash: the role is not asked for, as in the original. `sha256` is lower-case hex. */
  findByHash(gun: Gun, sha256: string): Promise<StoredFile | undefined> {
    return this.#find(gun, (query) => query.where('sha256', '=', sha256).orderBy('id', 'desc').limit(1));
  }

  /**
   * Stores all files or none, and notes a new timestamp in the change feed. `inTransaction` is part of it.
   * @throws {VersionConflictError} one of them is not newer than what is there
   */
  async addFiles(
    gun: Gun,
    files: readonly NewFile[],
    now: Date,
    inTransaction?: InTransaction,
  ): Promise<{ readonly files: readonly StoredFile[]; readonly changes: readonly number[] }> {
    const rows = files.map(({ role, version, bytes }) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { created_at: now.getTime(), gun, role, version, sha256, data: bytes };
    });
    const stored = rows.map((row) => fileOf(row));
    const changes = await this.#database.transaction(async (transaction) => {
      await requireNewer(transaction, gun, files);
      await insertFiles(transaction, rows);
      const ids = await this.#noteTimestamps(transaction, rows);
      await inTransaction?.(transaction, stored);
      return ids;
    });
    return { files: stored, changes };
  }

  /** Forgets everything published under `gun`, and notes it if there was anything. */
  async deleteCollection(gun: Gun, now: Date, inTransaction?: InTransaction): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const { numDeletedRows } = await transaction.deleteFrom('tuf_files').where('gun', '=', gun).executeTakeFirst();
      if (numDeletedRows === 0n) return;
      const change = { created_at: now.getTime(), gun, version: null, sha256: null, category: 'deletion' as const };
      await transaction.insertInto('changefeed').values(change).execute();
      await inTransaction?.(transaction, []);
    });
  }

  /** @returns the numbers of the new lines of the feed, where anybody needs to know them */
  async #noteTimestamps(transaction: Transaction<NotarySchema>, rows: readonly FileRow[]): Promise<readonly number[]> {
    const lines = rows
      .filter(({ role }) => role === TIMESTAMP)
      .map(({ created_at, gun, version, sha256 }) => sql`(${created_at}, ${gun}, ${version}, ${sha256}, 'update')`);
    if (lines.length === 0) return [];
    // SQLite tells apart by itself whose commits they are.
    const returning = this.#database.foreignChanges ? sql`` : sql` returning id`;
    const insert = sql<{ id: number }>`insert into changefeed (created_at, gun, version, sha256, category)
      values ${sql.join(lines)}${returning}`;
    return (await insert.execute(transaction)).rows.map(({ id }) => id);
  }

  async #find(gun: Gun, narrow: (query: FileQuery) => FileQuery): Promise<StoredFile | undefined> {
    const query = narrow(this.#database.query.selectFrom('tuf_files').where('gun', '=', gun));
    const row = await query.select(['created_at', 'role', 'version', 'sha256', 'data']).executeTakeFirst();
    return row && fileOf(row);
  }
}

/** Plain SQL, for it is what a publisher waits for: building a query costs as much as doing it. */
async function insertFiles(transaction: Transaction<NotarySchema>, rows: readonly FileRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += CHUNK) {
    const values = rows
      .slice(at, at + CHUNK)
      .map((row) => sql`(${row.created_at}, ${row.gun}, ${row.role}, ${row.version}, ${row.sha256}, ${row.data})`);
    await sql`insert into tuf_files (created_at, gun, role, version, sha256, data) values ${sql.join(values)}`.execute(
      transaction,
    );
  }
}

/** Roles that are asked for, or stored, by one query. */
const CHUNK = 50;

/** One look into the index for each role, however long its history. @throws {VersionConflictError} */
async function requireNewer(
  transaction: Transaction<NotarySchema>,
  gun: Gun,
  files: readonly NewFile[],
): Promise<void> {
  for (let at = 0; at < files.length; at += CHUNK) {
    const asked = files.slice(at, at + CHUNK);
    const latest = asked.map(
      ({ role }, i) =>
        sql`(select max(version) from tuf_files where gun = ${gun} and role = ${role}) as ${sql.ref(`latest${i}`)}`,
    );
    const { rows } = await sql<Record<string, number | null>>`select ${sql.join(latest)}`.execute(transaction);
    const old = asked.find(({ version }, i) => (rows[0]?.[`latest${i}`] ?? 0) >= version);
    if (old) throw new VersionConflictError(old);
  }
}

function fileOf(
  row: Pick<Selectable<NotarySchema['tuf_files']>, 'created_at' | 'role' | 'version' | 'sha256' | 'data'>,
): StoredFile {
  const { role, sha256, data } = row;
  const lastModified = new Date(row.created_at).toUTCString().replace('GMT', 'UTC');
  return { role, version: row.version, sha256, bytes: data, lastModified };
}
