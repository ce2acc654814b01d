import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { sql, type Transaction } from 'kysely';
import { publishFile } from '../../storage/index.ts';
import type { NotaryDatabase, NotarySchema } from '../store/schema.ts';
import {
  BACKUP_FORMAT,
  BACKUP_VERSION,
  type BackupEnd,
  type BackupHeader,
  formatRow,
  TABLES,
} from './backup-format.ts';

/** Rows read at once. */
const PAGE = 100;

/**
 * Writes all that a database has, as it is at one moment, into one file (mode 0600), while servers serve. The secret that the server's
 * keys are encrypted with is not in it. A crash leaves no file of that name, or the one before.
 * @returns how many rows there were
 */
export async function writeBackup(
  database: NotaryDatabase,
  path: string,
  { now, signal }: { readonly now: Date; readonly signal?: AbortSignal },
): Promise<number> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  let rows = 0;
  try {
    await database.snapshot(async (transaction) => {
      const counted = Readable.from(backupLines(transaction, now, (count) => (rows = count)));
      const options = signal ? { signal } : {};
      await pipeline(counted, createGzip(), createWriteStream(draft, { mode: 0o600, flags: 'wx' }), options);
    });
    await publishFile(draft, path);
    return rows;
  } catch (thrown) {
    await rm(draft, { force: true });
    throw thrown;
  }
}

async function* backupLines(
  transaction: Transaction<NotarySchema>,
  now: Date,
  count: (rows: number) => void,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let rows = 0;
  const lineOf = (text: string): string => {
    hash.update(`${text}\n`);
    return `${text}\n`;
  };
  const migrations = await listMigrations(transaction);
  const createdAt = now.toISOString();
  const header: BackupHeader = { format: BACKUP_FORMAT, version: BACKUP_VERSION, createdAt, migrations };
  yield lineOf(JSON.stringify(header));
  for (const { name, order } of TABLES) {
    for await (const row of walkRows(transaction, name, order)) {
      rows += 1;
      yield lineOf(formatRow(name, row));
    }
  }
  yield `${JSON.stringify({ rows, sha256: hash.digest('hex') } satisfies BackupEnd)}\n`;
  count(rows);
}

async function* walkRows(
  transaction: Transaction<NotarySchema>,
  table: string,
  order: readonly string[],
): AsyncGenerator<Record<string, unknown>> {
  const columns = sql.join(order.map((column) => sql.ref(column)));
  let after: unknown[] | undefined;
  for (;;) {
    const where = after ? sql`where (${columns}) > (${sql.join(after)})` : sql``;
    const query = sql<
      Record<string, unknown>
    >`select * from ${sql.table(table)} ${where} order by ${columns} limit ${sql.lit(PAGE)}`;
    const { rows } = await query.execute(transaction);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = order.map((column) => last[column]);
  }
}

export async function listMigrations(query: Transaction<NotarySchema> | NotaryDatabase['query']): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(query);
  return rows.map(({ name }) => name);
}
