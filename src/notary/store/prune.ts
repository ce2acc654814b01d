import { sql, type Transaction } from 'kysely';
import {
  type Gun,
  isTufError,
  parseEnvelope,
  parseSnapshot,
  parseTimestamp,
  SNAPSHOT,
  TIMESTAMP,
} from '../../tuf/index.ts';
import { walkCollections } from './collection-list.ts';
import { decideForgotten, type RetainedFile, type Retention } from './retention.ts';
import type { NotaryDatabase, NotarySchema } from './schema.ts';

export interface PruneOptions {
  readonly retention: Retention;
  readonly now: Date;
  /** Say what would be forgotten, and forget nothing. */
  readonly isDryRun?: boolean;
  /** Collections whose names begin so. */
  readonly prefix?: string | undefined;
  /** Stops between two collections. */
  readonly signal?: AbortSignal | undefined;
  /** Part of each transaction that forgets something. */
  readonly inTransaction?:
    | ((transaction: Transaction<NotarySchema>, pruned: PrunedCollection) => Promise<void>)
    | undefined;
}

/** What was forgotten of one collection. */
export interface PrunedCollection {
  readonly gun: string;
  readonly files: readonly { readonly role: string; readonly version: number }[];
  readonly bytes: number;
}

/** Rows deleted by one statement. */
const CHUNK = 500;

/** Forgets old versions, one collection a transaction, while servers serve. Only collections that lose something are told of. */
export async function* prune(database: NotaryDatabase, options: PruneOptions): AsyncGenerator<PrunedCollection> {
  const { retention, prefix, signal } = options;
  if (retention.keepVersions === undefined && retention.keepMs === undefined) return;
  for await (const { gun } of walkCollections(database, { prefix })) {
    if (signal?.aborted) return;
    const pruned = await pruneCollection(database, gun as Gun, options); // it was one when it was stored
    if (pruned.files.length > 0) yield pruned;
  }
}

/** A signature can be older than its version's neighbours, so all is decided and deleted in one transaction. */
async function pruneCollection(database: NotaryDatabase, gun: Gun, options: PruneOptions): Promise<PrunedCollection> {
  const { retention, now, isDryRun = false } = options;
  return database.transaction(async (transaction) => {
    const files = await readFiles(transaction, gun);
    const references = await readReferences(transaction, gun);
    const forgotten = decideForgotten(files, retention, now, ({ id }) => references.get(id) ?? []);
    const bytes = await sizeOf(transaction, forgotten);
    for (let at = 0; !isDryRun && at < forgotten.length; at += CHUNK) {
      const ids = forgotten.slice(at, at + CHUNK).map(({ id }) => id);
      await transaction.deleteFrom('tuf_files').where('id', 'in', ids).execute();
    }
    const pruned = { gun, files: forgotten.map(({ role, version }) => ({ role, version })), bytes };
    if (!isDryRun && forgotten.length > 0) await options.inTransaction?.(transaction, pruned);
    return pruned;
  });
}

async function readFiles(transaction: Transaction<NotarySchema>, gun: Gun): Promise<RetainedFile[]> {
  const query = transaction
    .selectFrom('tuf_files')
    .select(['id', 'role', 'version', 'created_at as storedAt', 'sha256'])
    .where('gun', '=', gun);
  return query.execute();
}

/** What timestamps and snapshots name, by their row. One that cannot be read names nothing. */
async function readReferences(transaction: Transaction<NotarySchema>, gun: Gun): Promise<Map<number, string[]>> {
  const rows = await transaction
    .selectFrom('tuf_files')
    .select(['id', 'role', 'data'])
    .where('gun', '=', gun)
    .where('role', 'in', [TIMESTAMP, SNAPSHOT])
    .execute();
  return new Map(rows.map(({ id, role, data }) => [id, referencesOf(role, data)]));
}

/** SHA-256, in lower-case hex, of the files that a timestamp or a snapshot names. */
export function referencesOf(role: string, bytes: Buffer): string[] {
  try {
    const { signed } = parseEnvelope(bytes);
    const { meta } = role === TIMESTAMP ? parseTimestamp(signed) : parseSnapshot(signed);
    return [...meta.values()].flatMap(({ hashes }) => hashes.get('sha256')?.toString('hex') ?? []);
  } catch (thrown) {
    if (isTufError(thrown)) return [];
    throw thrown;
  }
}

async function sizeOf(transaction: Transaction<NotarySchema>, files: readonly RetainedFile[]): Promise<number> {
  let bytes = 0;
  for (let at = 0; at < files.length; at += CHUNK) {
    const ids = files.slice(at, at + CHUNK).map(({ id }) => id);
    const query = transaction
      .selectFrom('tuf_files')
      .select(sql<number>`sum(length(data))`.as('bytes'))
      .where('id', 'in', ids);
    bytes += Number((await query.executeTakeFirst())?.bytes ?? 0);
  }
  return bytes;
}
