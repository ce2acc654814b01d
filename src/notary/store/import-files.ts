import { sql, type Transaction } from 'kysely';
import { TrustSandboxError } from '../../core/index.ts';
import { TIMESTAMP } from '../../tuf/index.ts';
import type { CheckedFile } from './collection-check.ts';
import type { InTransaction } from './metadata-store.ts';
import type { NotaryDatabase, NotarySchema } from './schema.ts';

/** A file that comes from another store, checked. */
export interface ImportedFile extends CheckedFile {
  readonly storedAt: Date;
}

/** A line of another store's change feed. */
export interface ImportedChange {
  readonly id: number;
  readonly category: 'update' | 'deletion';
  readonly version: number | null;
  readonly sha256: string | null;
  readonly storedAt: Date;
}

/** There is another file of the same role and version. */
export class ImportConflictError extends TrustSandboxError {
  readonly code = 'NOTARY_IMPORT_CONFLICT';
  constructor(role: string, version: number) {
    super(`${role} version ${version} is stored already, with other content`);
  }
}

/** A write of many rows is cut into statements of so many. */
const CHUNK = 200;

export interface ImportOptions {
  /** The feed's lines as they were, numbers too; else a line for each new timestamp. */
  readonly changes: readonly ImportedChange[] | undefined;
  readonly isDryRun: boolean;
  readonly inTransaction?: InTransaction | undefined;
}

/**
 * Stores what of `files` is not there yet, in one transaction, with the times they had.
 * @returns how many are new
 * @throws {ImportConflictError} and stores nothing
 */
export async function importFiles(
  database: NotaryDatabase,
  gun: string,
  files: readonly ImportedFile[],
  { changes, isDryRun, inTransaction }: ImportOptions,
): Promise<number> {
  return database.transaction(async (transaction) => {
    const added = await findNew(transaction, gun, files);
    if (isDryRun || added.length === 0) return added.length;
    const ordered = [...added].sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime() || a.version - b.version);
    for (let at = 0; at < ordered.length; at += CHUNK) {
      const rows = ordered.slice(at, at + CHUNK).map(({ role, version, sha256, bytes, storedAt }) => {
        return { created_at: storedAt.getTime(), gun, role, version, sha256, data: bytes };
      });
      await transaction.insertInto('tuf_files').values(rows).execute();
    }
    await addChanges(transaction, gun, changes ?? linesFor(ordered));
    if (changes) await continueNumbers(database, transaction);
    await inTransaction?.(transaction, ordered.map(storedFileOf));
    return added.length;
  });
}

/** Lines of the feed without files: of collections that were deleted. */
export async function importChanges(
  database: NotaryDatabase,
  gun: string,
  changes: readonly ImportedChange[],
): Promise<void> {
  await database.transaction(async (transaction) => {
    await addChanges(transaction, gun, changes);
    await continueNumbers(database, transaction);
  });
}

async function findNew(
  transaction: Transaction<NotarySchema>,
  gun: string,
  files: readonly ImportedFile[],
): Promise<ImportedFile[]> {
  const rows = await transaction
    .selectFrom('tuf_files')
    .select(['role', 'version', 'sha256'])
    .where('gun', '=', gun)
    .execute();
  const stored = new Map(rows.map(({ role, version, sha256 }) => [`${role} ${version}`, sha256]));
  return files.filter(({ role, version, sha256 }) => {
    const there = stored.get(`${role} ${version}`);
    if (there !== undefined && there !== sha256) throw new ImportConflictError(role, version);
    return there === undefined;
  });
}

function linesFor(files: readonly ImportedFile[]): (Omit<ImportedChange, 'id'> & { readonly id?: number })[] {
  return files
    .filter(({ role }) => role === TIMESTAMP)
    .map(({ version, sha256, storedAt }) => ({ category: 'update', version, sha256, storedAt }));
}

async function addChanges(
  transaction: Transaction<NotarySchema>,
  gun: string,
  changes: readonly (Omit<ImportedChange, 'id'> & { readonly id?: number })[],
): Promise<void> {
  for (let at = 0; at < changes.length; at += CHUNK) {
    const rows = changes.slice(at, at + CHUNK).map(({ storedAt, ...change }) => {
      return { ...change, gun, created_at: storedAt.getTime() };
    });
    await transaction.insertInto('changefeed').values(rows).execute();
  }
}

/** PostgreSQL goes on counting from where it was, not from the numbers it was given. */
export async function continueNumbers(database: NotaryDatabase, transaction: Transaction<NotarySchema>): Promise<void> {
  if (database.kind !== 'postgresql') return;
  await sql`select setval(pg_get_serial_sequence('changefeed', 'id'), greatest((select max(id) from changefeed), 1))`.execute(
    transaction,
  );
}

function storedFileOf({ role, version, sha256, bytes, storedAt }: ImportedFile) {
  return { role, version, sha256, bytes, lastModified: storedAt.toUTCString().replace('GMT', 'UTC') };
}
