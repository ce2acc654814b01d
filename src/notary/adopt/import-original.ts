import type { Actor } from '../actor.ts';
import { appendEntry } from '../store/audit/audit-log.ts';
import type { AuditEvent } from '../store/audit/entry.ts';
import { lastChange } from '../store/change-feed.ts';
import type { CollectionProblem } from '../store/collection-check.ts';
import { ImportConflictError, importChanges, importFiles } from '../store/import-files.ts';
import type { InTransaction } from '../store/metadata-store.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import { type CheckedCollection, checkOriginal, type OriginalCollection } from './adopt-collection.ts';
import { hasTable, OriginalStore } from './original-store.ts';
import { OriginalRowError, type SqlReader } from './sql-reader.ts';

export interface ImportOriginalOptions {
  readonly now: Date;
  /** Read and check everything, and store nothing. */
  readonly isDryRun: boolean;
  /** Who does it, for the audit log; without, nothing is written there. */
  readonly actor?: Actor | undefined;
  /** Stops between two collections. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of one collection. */
export interface ImportedCollection {
  readonly gun: string;
  /** `taken`: something was new. `unchanged`: all of it was there. */
  readonly outcome: 'taken' | 'unchanged' | 'refused';
  /** Why it was refused. */
  readonly reason: string | undefined;
  /** Files that are new. */
  readonly added: number;
  /** Files that could be taken, new or not. */
  readonly files: number;
  /** Rows that the original had deleted. */
  readonly deletedRows: number;
  readonly warnings: readonly CollectionProblem[];
}

/**
 * Takes over the rows of a notary-server 0.7 database, one collection a transaction, checked as they are read; run again, it adds
 * what is new since. Numbers of the change feed are kept when the feed here is empty: readers go on where they were.
 * @throws {OriginalRowError} no such tables, or not of their form
 */
export async function* importOriginal(
  reader: SqlReader,
  database: NotaryDatabase,
  options: ImportOriginalOptions,
): AsyncGenerator<ImportedCollection> {
  const { now, isDryRun, signal } = options;
  if (!(await hasTable(reader, 'tuf_files'))) throw new OriginalRowError('the database has no table tuf_files');
  const store = new OriginalStore(reader);
  const keepsNumbers = (await lastChange(database)) === 0;
  for await (const collection of readCollections(store)) {
    if (signal?.aborted) return;
    if (collection.files.length === 0) {
      if (keepsNumbers && !isDryRun) await importDeleted(store, database, collection, now);
      continue;
    }
    const checked = await checkOriginal(store, collection, now);
    yield await storeCollection(database, checked, keepsNumbers, options);
  }
}

async function storeCollection(
  database: NotaryDatabase,
  checked: CheckedCollection,
  keepsNumbers: boolean,
  { isDryRun, now, actor }: ImportOriginalOptions,
): Promise<ImportedCollection> {
  const { gun, files, changes, deletedRows, warnings, refusal } = checked;
  const told = { gun, files: files.length, deletedRows, warnings };
  if (refusal !== undefined) return { ...told, outcome: 'refused', reason: refusal, added: 0 };
  try {
    const added = await importFiles(database, gun, files, {
      changes: keepsNumbers ? changes : undefined,
      isDryRun,
      inTransaction: actor && recordImport({ at: now, action: 'import', gun, actor }),
    });
    return { ...told, outcome: added > 0 ? 'taken' : 'unchanged', reason: undefined, added };
  } catch (thrown) {
    if (!(thrown instanceof ImportConflictError)) throw thrown;
    return { ...told, outcome: 'refused', reason: thrown.message, added: 0 };
  }
}

/** The feed still tells of a collection that is gone. */
async function importDeleted(
  store: OriginalStore,
  database: NotaryDatabase,
  collection: OriginalCollection,
  now: Date,
): Promise<void> {
  const { gun, changes } = await checkOriginal(store, collection, now);
  await importChanges(database, gun, changes);
}

/** One collection after the other, by name. Kept of all of them are the numbers of their rows, a few bytes each. */
async function* readCollections(store: OriginalStore): AsyncGenerator<OriginalCollection> {
  const owned = new Map<string, { files: number[]; changes: number[] }>();
  for (const [table, kind] of [
    ['tuf_files', 'files'],
    ['changefeed', 'changes'],
  ] as const) {
    for await (const { id, gun } of store.owners(table)) {
      const known = owned.get(gun) ?? { files: [], changes: [] };
      owned.set(gun, known);
      known[kind].push(id);
    }
  }
  for (const gun of [...owned.keys()].sort()) {
    const { files = [], changes = [] } = owned.get(gun) ?? {};
    yield { gun, files: await store.files(files), changes: await store.changes(changes) };
  }
}

function recordImport(event: AuditEvent): InTransaction {
  return (transaction, stored) => {
    const files = stored.map(({ role, version, sha256 }) => ({ role, version, sha256 }));
    return appendEntry(transaction, { ...event, files });
  };
}
