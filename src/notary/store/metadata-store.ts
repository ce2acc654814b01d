import { createHash } from 'node:crypto';
import type { Selectable, SelectQueryBuilder } from 'kysely';
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
  readonly role: string;
  readonly version: number;
  constructor({ role, version }: Pick<NewFile, 'role' | 'version'>) {
    super(`${role} version ${version} is not newer than what is stored`);
    this.role = role;
    this.version = version;
  }
}

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
   * Stores all files or none, and notes a new timestamp in the change feed.
   * @throws {VersionConflictError} one of them is not newer than what is there
   */
  async addFiles(gun: Gun, files: readonly NewFile[], now: Date): Promise<StoredFile[]> {
    const rows = files.map(({ role, version, bytes }) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { created_at: now.getTime(), gun, role, version, sha256, data: bytes };
    });
    await this.#database.query.transaction().execute(async (transaction) => {
      const latest = await transaction
        .selectFrom('tuf_files')
        .select(({ fn }) => ['role', fn.max('version').as('version')])
        .where('gun', '=', gun)
        .where(
          'role',
          'in',
          files.map(({ role }) => role),
        )
        .groupBy('role')
        .execute();
      const known = new Map<string, number>(latest.map(({ role, version }) => [role, Number(version)]));
      const old = files.find(({ role, version }) => (known.get(role) ?? 0) >= version);
      if (old) throw new VersionConflictError(old);
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('tuf_files')
        .values(rows)
        .onConflict((conflict) => conflict.columns(['gun', 'role', 'version']).doNothing())
        .executeTakeFirstOrThrow();
      // Where readers do not wait for writers, another may have been quicker since.
      if (numInsertedOrUpdatedRows !== BigInt(rows.length))
        throw new VersionConflictError(files[0] ?? { role: TIMESTAMP, version: 0 });
      const changes = rows
        .filter(({ role }) => role === TIMESTAMP)
        .map(({ created_at, version, sha256 }) => ({ created_at, gun, version, sha256, category: 'update' as const }));
      if (changes.length > 0) await transaction.insertInto('changefeed').values(changes).execute();
    });
    return rows.map((row) => fileOf(row));
  }

  /** Forgets everything published under `gun`, and notes it if there was anything. */
  async deleteCollection(gun: Gun, now: Date): Promise<void> {
    await this.#database.query.transaction().execute(async (transaction) => {
      const { numDeletedRows } = await transaction.deleteFrom('tuf_files').where('gun', '=', gun).executeTakeFirst();
      if (numDeletedRows === 0n) return;
      const change = { created_at: now.getTime(), gun, version: null, sha256: null, category: 'deletion' as const };
      await transaction.insertInto('changefeed').values(change).execute();
    });
  }

  async #find(gun: Gun, narrow: (query: FileQuery) => FileQuery): Promise<StoredFile | undefined> {
    const query = narrow(this.#database.query.selectFrom('tuf_files').where('gun', '=', gun));
    const row = await query.selectAll().executeTakeFirst();
    return row && fileOf(row as Selectable<NotarySchema['tuf_files']>);
  }
}

function fileOf(row: Omit<Selectable<NotarySchema['tuf_files']>, 'id' | 'gun'>): StoredFile {
  const { role, sha256, data } = row;
  const lastModified = new Date(Number(row.created_at)).toUTCString().replace('GMT', 'UTC');
  return { role, version: Number(row.version), sha256, bytes: data, lastModified };
}
