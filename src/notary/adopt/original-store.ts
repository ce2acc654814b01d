import { OriginalRowError, type SqlReader } from './sql-reader.ts';

/** A row of `tuf_files`, without its bytes. */
export interface OriginalFile {
  readonly id: number;
  readonly gun: string;
  readonly role: string;
  readonly version: number;
  /** Lower-case hex; absent in rows of before the column was there. */
  readonly sha256: string | undefined;
  readonly createdAt: Date;
  /** The original does not see such rows. */
  readonly isDeleted: boolean;
}

/** A row of `changefeed`. */
export interface OriginalChange {
  readonly id: number;
  readonly gun: string;
  readonly version: number;
  readonly sha256: string;
  readonly category: 'update' | 'deletion';
  readonly createdAt: Date;
}

const PAGE = 5000;
/** Numbers in one question. */
const MAX_VALUES = 1000;

/**
 * The tables of notary-server 0.7, as its migrations make them in PostgreSQL and MySQL. Rows are walked by their numbers: names
 * compare without case in MySQL, and with it here.
 */
export class OriginalStore {
  readonly #reader: SqlReader;

  constructor(reader: SqlReader) {
    this.#reader = reader;
  }

  /** Whose each row is, by its number; nothing where there is no such table. @throws {OriginalRowError} */
  async *owners(table: 'tuf_files' | 'changefeed'): AsyncGenerator<{ readonly id: number; readonly gun: string }> {
    if (!(await hasTable(this.#reader, table))) return;
    for await (const row of walkTable(this.#reader, table, 'id, gun', PAGE))
      yield { id: readNumber(row, 'id'), gun: readText(row, 'gun') };
  }

  /** @throws {OriginalRowError} */
  async files(ids: readonly number[]): Promise<OriginalFile[]> {
    const rows = await this.#rows('tuf_files', 'id, gun, role, version, sha256, created_at, deleted_at', ids);
    return rows.map((row) => ({
      id: readNumber(row, 'id'),
      gun: readText(row, 'gun'),
      role: readText(row, 'role'),
      version: readNumber(row, 'version'),
      sha256: row.sha256 === null ? undefined : readText(row, 'sha256'),
      createdAt: readTime(row, 'created_at'),
      isDeleted: row.deleted_at !== null,
    }));
  }

  /** Bytes by number of the row. */
  async data(ids: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
    const rows = await this.#rows('tuf_files', 'id, data', ids);
    return new Map(rows.map((row) => [readNumber(row, 'id'), readBytes(row, 'data')]));
  }

  /** @throws {OriginalRowError} */
  async changes(ids: readonly number[]): Promise<OriginalChange[]> {
    const rows = await this.#rows('changefeed', 'id, gun, version, sha256, category, created_at', ids);
    return rows.map((row) => ({
      id: readNumber(row, 'id'),
      gun: readText(row, 'gun'),
      version: readNumber(row, 'version'),
      sha256: row.sha256 === null ? '' : readText(row, 'sha256').trim(),
      category: readText(row, 'category') === 'deletion' ? 'deletion' : 'update',
      createdAt: readTime(row, 'created_at'),
    }));
  }

  async #rows(table: string, columns: string, ids: readonly number[]): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    for (let from = 0; from < ids.length; from += MAX_VALUES) {
      const some = ids.slice(from, from + MAX_VALUES);
      const marks = some.map(() => '?').join(', ');
      const sql = `select ${columns} from ${table} where id in (${marks}) order by id`;
      for (const row of await this.#reader.rows(sql, some)) found.push(row);
    }
    return found;
  }
}

/** Rows of a table by their `id`. */
export async function* walkTable(
  reader: SqlReader,
  table: string,
  columns: string,
  page: number,
): AsyncGenerator<Record<string, unknown>> {
  for (let after = 0; ; ) {
    const rows = await reader.rows(`select ${columns} from ${table} where id > ? order by id limit ${page}`, [after]);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < page) return;
    after = readNumber(last, 'id');
  }
}

export async function hasTable(reader: SqlReader, table: string): Promise<boolean> {
  const sql = 'select 1 as found from information_schema.tables where table_name = ? limit 1';
  return (await reader.rows(sql, [table])).length > 0;
}

export function readNumber(row: Record<string, unknown>, column: string): number {
  const value = row[column];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new OriginalRowError(`column ${column} has no number`);
}

export function readText(row: Record<string, unknown>, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new OriginalRowError(`column ${column} has no text`);
}

export function readBytes(row: Record<string, unknown>, column: string): Buffer {
  const value = row[column];
  if (Buffer.isBuffer(value)) return value;
  throw new OriginalRowError(`column ${column} has no bytes`);
}

/** `2026-11-24 09:00:00.123456`; a row that has none was stored in 1970. */
export function readTime(row: Record<string, unknown>, column: string): Date {
  const value = row[column];
  const time = typeof value === 'string' ? new Date(`${value.slice(0, 23).replace(' ', 'T')}Z`) : new Date(0);
  return Number.isNaN(time.getTime()) ? new Date(0) : time;
}
