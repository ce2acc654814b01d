import { createHash } from 'node:crypto';
import type { Selectable, SelectQueryBuilder } from 'kysely';
import { TrustSandboxError } from '../core/index.ts';
import type { Gun, RoleName } from '../tuf/index.ts';
import { TIMESTAMP } from '../tuf/index.ts';
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
  async addFiles(gun: Gun, files: readonly NewFile[], now: Date): Promise<void> {
    await this.#database.query.transaction().execute(async (transaction) => {
      for (const { role, version, bytes } of files) {
        const { latest } = await transaction
          .selectFrom('tuf_files')
          .select(({ fn }) => fn.max('version').as('latest'))
          .where('gun', '=', gun)
          .where('role', '=', role)
          .executeTakeFirstOrThrow();
        if (latest !== null && Number(latest) >= version) throw new VersionConflictError({ role, version });
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const row = { created_at: now.getTime(), gun, role, version, sha256, data: bytes };
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('tuf_files')
          .values(row)
          .onConflict((conflict) => conflict.columns(['gun', 'role', 'version']).doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 0n) throw new VersionConflictError({ role, version });
        if (role !== TIMESTAMP) continue;
        const change = { created_at: now.getTime(), gun, version, sha256, category: 'update' as const };
        await transaction.insertInto('changefeed').values(change).execute();
      }
    });
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

function fileOf(row: Selectable<NotarySchema['tuf_files']>): StoredFile {
  const { role, sha256, data } = row;
  const lastModified = new Date(Number(row.created_at)).toUTCString().replace('GMT', 'UTC');
  return { role, version: Number(row.version), sha256, bytes: data, lastModified };
}
