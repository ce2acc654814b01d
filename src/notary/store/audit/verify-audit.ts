import { createHash } from 'node:crypto';
import type { NotaryDatabase } from '../schema.ts';
import { type AuditHead, AuditLog } from './audit-log.ts';
import { type AuditEntry, AuditEntryInvalidError, type AuditedFile, hashEntry, NO_HASH, parseEntry } from './entry.ts';
import type { AuditTables } from './tables.ts';

/** Where the log, or what it speaks of, is not as it was. `sequence` is absent where no entry can be named. */
export interface AuditBreak {
  readonly sequence?: number;
  readonly problem: string;
}

export interface AuditReport {
  readonly entries: number;
  readonly head: AuditHead;
  /** The first that was found; `undefined` when the log is whole. */
  readonly break: AuditBreak | undefined;
  /** Files that are stored and are what the log says. */
  readonly files: number;
  /** Files that are stored and in no entry: from before the log, or from when it was off. */
  readonly filesOutside: number;
}

/** Actions that put files into the store. */
const STORING: ReadonlySet<string> = new Set(['publish', 'sign', 'import', 'restore']);

/**
 * Checks that each entry is the one that the next was chained to, that nothing is missing between them, that `pinned`, a head
 * written down before, is still in the chain, and that each file of an entry that is still stored is the one that was stored then.
 * Entries cut off at the end, and the head with them, are seen by `pinned` alone.
 */
export async function verifyAudit(database: NotaryDatabase, pinned?: string): Promise<AuditReport> {
  const log = new AuditLog(database);
  const head = await log.head();
  const chain = await verifyChain(log, head, pinned);
  const files = chain.break ? { count: 0, break: chain.break } : await verifyFiles(database, log);
  const stored = await database.query
    .selectFrom('tuf_files')
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirst();
  const filesOutside = files.break ? 0 : Number(stored?.count ?? 0) - files.count;
  return { entries: chain.entries, head, break: files.break, files: files.count, filesOutside };
}

type Checked = { readonly entries: number; readonly break: AuditBreak | undefined };

async function verifyChain(log: AuditLog, head: AuditHead, pinned: string | undefined): Promise<Checked> {
  let [entries, previous, isPinnedSeen] = [0, NO_HASH, pinned === undefined || pinned === NO_HASH];
  for await (const row of log.rows('asc')) {
    const problem = findProblem(row, entries + 1, previous);
    if (problem) return { entries, break: problem };
    entries += 1;
    previous = row.hash;
    isPinnedSeen ||= row.hash === pinned;
  }
  const found = { entries, break: undefined };
  if (head.sequence !== entries || (entries > 0 && head.hash !== previous))
    return { ...found, break: { problem: `the head is entry ${head.sequence}, and the log ends at entry ${entries}` } };
  if (!isPinnedSeen)
    return { ...found, break: { problem: `the head that was written down, ${pinned}, is in no entry` } };
  return found;
}

function findProblem(row: AuditTables['audit_log'], sequence: number, previous: string): AuditBreak | undefined {
  const at = (problem: string): AuditBreak => ({ sequence: row.sequence, problem });
  if (row.sequence > sequence) return { sequence, problem: `is missing: the next is entry ${row.sequence}` };
  if (row.sequence < sequence) return at('is there twice');
  const entry = readEntry(row.entry);
  if (!entry) return at('is not in the form of an entry');
  if (hashEntry(row.entry) !== row.hash) return at('was changed: its hash is another');
  if (entry.sequence !== row.sequence) return at(`says that it is entry ${entry.sequence}`);
  if (entry.previous !== previous) return at('does not follow the entry before it: that one was changed or replaced');
  const isSame =
    entry.action === row.action && (entry.gun ?? null) === row.gun && Date.parse(entry.at) === row.created_at;
  return isSame ? undefined : at('is looked up under another time, collection or action than it says');
}

function readEntry(text: string): AuditEntry | undefined {
  try {
    return parseEntry(text);
  } catch (thrown) {
    if (thrown instanceof AuditEntryInvalidError) return undefined;
    throw thrown;
  }
}

/** From the newest entry on: what was deleted since, or replaced by a backup, may have been anything before. */
async function verifyFiles(
  database: NotaryDatabase,
  log: AuditLog,
): Promise<{ readonly count: number; readonly break: AuditBreak | undefined }> {
  const deleted = new Set<string>();
  let count = 0;
  for await (const row of log.rows('desc')) {
    const { action, gun, files = [] } = parseEntry(row.entry);
    if (action === 'restore' && gun === undefined) break;
    if (gun === undefined || deleted.has(gun)) continue;
    if (action === 'delete') deleted.add(gun);
    if (!STORING.has(action) || files.length === 0) continue;
    const stored = await findHashes(database, gun, files);
    for (const { role, version, sha256 } of files) {
      const found = stored.get(`${version} ${role}`);
      if (found === undefined) continue; // pruned since
      count += 1;
      if (found === sha256) continue;
      const problem = `says that ${role} ${version} of ${gun} is ${sha256}, and it is ${found}`;
      return { count, break: { sequence: row.sequence, problem } };
    }
  }
  return { count, break: undefined };
}

/** SHA-256 of the bytes that are stored, by version and role. */
async function findHashes(
  { query }: NotaryDatabase,
  gun: string,
  files: readonly AuditedFile[],
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (let at = 0; at < files.length; at += PER_QUERY) {
    const rows = await query
      .selectFrom('tuf_files')
      .select(['role', 'version', 'data'])
      .where('gun', '=', gun)
      .where(({ or, and }) => or(files.slice(at, at + PER_QUERY).map(({ role, version }) => and({ role, version }))))
      .execute();
    for (const { role, version, data } of rows)
      hashes.set(`${Number(version)} ${role}`, createHash('sha256').update(data).digest('hex'));
  }
  return hashes;
}

const PER_QUERY = 100;
