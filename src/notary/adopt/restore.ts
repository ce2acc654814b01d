import { sql, type Transaction } from 'kysely';
import type { Actor } from '../actor.ts';
import { appendEntry } from '../store/audit/audit-log.ts';
import { continueNumbers } from '../store/import-files.ts';
import type { NotaryDatabase, NotarySchema } from '../store/schema.ts';
import { listMigrations } from './backup.ts';
import { BackupInvalidError, DatabaseNotEmptyError, TABLES, type TableName } from './backup-format.ts';
import { type BackupReport, checkBackup, readBackup } from './read-backup.ts';

export interface RestoreOptions {
  readonly now: Date;
  /** What the database has is deleted, in the transaction that stores the backup. */
  readonly isForced: boolean;
  /** Who does it, for the audit log; without, nothing is written there. */
  readonly actor?: Actor | undefined;
}

/** Rows stored by one statement. */
const CHUNK = 100;

/**
 * Puts a backup into a database, of whatever kind: first all of it is read and checked, then all of it is stored in one transaction.
 * @throws {BackupInvalidError | DatabaseNotEmptyError} and nothing is changed
 */
export async function restoreBackup(
  database: NotaryDatabase,
  path: string,
  { now, isForced, actor }: RestoreOptions,
): Promise<BackupReport> {
  const report = await checkBackup(path, now);
  const ours = await listMigrations(database.query);
  if (report.migrations.some((name, i) => name !== ours[i]))
    throw new BackupInvalidError('it was written by a newer program than this one');
  await database.transaction(async (transaction) => {
    if (isForced) await empty(transaction);
    else await requireEmpty(transaction);
    await store(transaction, path);
    await continueNumbers(database, transaction);
    const note = `of a backup made at ${report.createdAt}`;
    if (actor) await appendEntry(transaction, { at: now, action: 'restore', actor, note });
  });
  return report;
}

async function store(transaction: Transaction<NotarySchema>, path: string): Promise<void> {
  let [table, rows]: [TableName | undefined, Record<string, unknown>[]] = [undefined, []];
  const flush = async (): Promise<void> => {
    if (table && rows.length > 0)
      await transaction
        .insertInto(table)
        .values(rows as never)
        .execute();
    rows = [];
  };
  for await (const each of readBackup(path)) {
    if (each.table !== table || rows.length === CHUNK) await flush();
    table = each.table;
    rows.push(table === 'audit_head' ? each.row : withoutId(table, each.row));
  }
  await flush();
}

/** Readers of the feed know its numbers, and the secret has one row; others get new numbers, in the same order. */
function withoutId(table: TableName, row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { id, ...rest } = row;
  return table === 'changefeed' || table === 'server_secret' ? { ...row } : rest;
}

async function requireEmpty(transaction: Transaction<NotarySchema>): Promise<void> {
  for (const name of ['tuf_files', 'changefeed', 'server_keys'] as const) {
    const row = await transaction.selectFrom(name).select('id').limit(1).executeTakeFirst();
    if (row)
      throw new DatabaseNotEmptyError(
        `the database has rows in ${name}: restore into an empty one, or have them deleted (--force)`,
      );
  }
  await empty(transaction); // of what a server makes when it starts
}

async function empty(transaction: Transaction<NotarySchema>): Promise<void> {
  for (const { name } of TABLES) await sql`delete from ${sql.table(name)}`.execute(transaction);
}
