import type { SqliteDatabase, SqliteStatement } from 'kysely';

/** What kysely needs of a SQLite library. BLOBs come as `Buffer`. */
export interface SqliteConnection extends SqliteDatabase {
  prepare(sql: string): SqliteStatement & { all(parameters: readonly unknown[]): unknown[] };
}

/** The common part of `node:sqlite` and `libsql`, whose prepared statements differ in how they are told apart. */
interface Library {
  open(path: string): { prepare(sql: string): Statement; exec(sql: string): void; close(): void };
  /** Whether a statement gives rows. */
  isReader(statement: Statement, sql: string): boolean;
  /** The arguments that bind these. */
  bind(parameters: readonly unknown[]): readonly unknown[];
}
interface Statement {
  readonly reader?: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...parameters: unknown[]): IterableIterator<unknown>;
}

const SETTINGS = [
  'PRAGMA synchronous = NORMAL', // while opening: tables that a power cut takes are made again; see `settle`
  'PRAGMA busy_timeout = 10000',
  'PRAGMA journal_mode = WAL',
  'PRAGMA foreign_keys = ON',
];
/** Statements kept for the next time they are asked for. */
const MAX_PREPARED = 200;
const GIVES_ROWS = /^\s*(?:select|with|pragma|values)\b|\breturning\b/i;

/** From here on a commit that returned survives a power cut, and the dialect waits for other writers, without blocking the process. */
export function settle(connection: SqliteConnection): void {
  for (const setting of ['PRAGMA synchronous = FULL', 'PRAGMA busy_timeout = 0']) connection.prepare(setting).all([]);
}

/** `node:sqlite` where this Node has it without a flag, else `libsql`. */
export async function openSqlite(path: string): Promise<SqliteConnection> {
  const library = (await findNodeSqlite()) ?? (await loadLibsql());
  const database = library.open(path);
  for (const setting of SETTINGS) database.prepare(setting).all();
  const prepared = new Map<string, ReturnType<SqliteConnection['prepare']>>();
  return {
    close: () => database.close(),
    prepare(sql) {
      const known = prepared.get(sql);
      if (known) return known;
      if (prepared.size >= MAX_PREPARED) prepared.clear();
      const statement = database.prepare(sql);
      const fresh: ReturnType<SqliteConnection['prepare']> = {
        reader: library.isReader(statement, sql),
        all: (parameters) => statement.all(...library.bind(parameters)).map(withBuffers),
        run: (parameters) => statement.run(...library.bind(parameters)),
        *iterate(parameters) {
          for (const row of database.prepare(sql).iterate(...library.bind(parameters))) yield withBuffers(row); // one of its own
        },
      };
      prepared.set(sql, fresh);
      return fresh;
    },
  };
}

async function findNodeSqlite(): Promise<Library | undefined> {
  const { emitWarning } = process;
  process.emitWarning = () => undefined; // loading it prints a line about experiments, which is no business of our users
  try {
    const name = 'node:sqlite'; // not to be resolved where it does not exist
    const { DatabaseSync } = await import(name);
    return {
      open: (path) => new DatabaseSync(path),
      isReader: (_, sql) => GIVES_ROWS.test(sql),
      bind: (parameters) => parameters,
    };
  } catch {
    return undefined; // Node 20
  } finally {
    process.emitWarning = emitWarning;
  }
}

async function loadLibsql(): Promise<Library> {
  const { default: Libsql } = await import('libsql');
  return {
    open: (path) => new Libsql(path) as never,
    isReader: ({ reader }) => reader ?? false,
    bind: (parameters) => [parameters], // a BLOB alone would be taken for names and their values, and end the process
  };
}

/** libsql gives BLOBs as `ArrayBuffer`, node:sqlite as `Uint8Array`. */
function withBuffers(row: unknown): unknown {
  const object = row as Record<string, unknown>;
  for (const [name, value] of Object.entries(object)) {
    if (value instanceof ArrayBuffer) object[name] = Buffer.from(value);
    else if (value instanceof Uint8Array) object[name] = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  return object;
}
