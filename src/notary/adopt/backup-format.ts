import { TrustSandboxError } from '../../core/index.ts';

/**
 * A backup is gzipped text, one JSON value a line (`docs/notary-storage.md`, "Backup"): a header, rows, and an end that says how many
 * rows there were and what all lines before it hash to.
 */
export const BACKUP_FORMAT = 'trustsandbox-notary-backup';
export const BACKUP_VERSION = 1;

/** Tables in the order they are written, by the columns that order their rows. */
export const TABLES = [
  { name: 'server_secret', order: ['id'] },
  { name: 'server_keys', order: ['id'] },
  { name: 'tuf_files', order: ['gun', 'id'] },
  { name: 'changefeed', order: ['id'] },
  { name: 'audit_log', order: ['sequence'] },
  { name: 'audit_head', order: ['id'] },
] as const;
export type TableName = (typeof TABLES)[number]['name'];

export interface BackupHeader {
  readonly format: typeof BACKUP_FORMAT;
  readonly version: number;
  readonly createdAt: string;
  /** Migrations that made the tables. */
  readonly migrations: readonly string[];
}
export interface BackupEnd {
  readonly rows: number;
  /** Lower-case hex, of all lines before this one with their line breaks. */
  readonly sha256: string;
}

/** What a column has: bytes are in base64. */
export type Cell = string | number | null | { readonly base64: string };
export type Row = Readonly<Record<string, Cell>>;

/** The file is no backup, is damaged, or is not whole. */
export class BackupInvalidError extends TrustSandboxError {
  readonly code = 'NOTARY_BACKUP_INVALID';
}

/** The database that a backup should be restored into has something in it. */
export class DatabaseNotEmptyError extends TrustSandboxError {
  readonly code = 'NOTARY_DATABASE_NOT_EMPTY';
}

export function formatRow(table: TableName, values: Readonly<Record<string, unknown>>): string {
  const row = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? { base64: value.toString('base64') } : value,
    ]),
  );
  return JSON.stringify({ table, row });
}

/** @throws {BackupInvalidError} */
export function parseRow(line: string): { readonly table: TableName; readonly row: Record<string, unknown> } {
  const { table, row } = parseLine(line) as { table?: unknown; row?: unknown };
  const known = TABLES.find(({ name }) => name === table);
  if (!known || typeof row !== 'object' || row === null) throw new BackupInvalidError('a line is no row of a table');
  const values = Object.entries(row as Row).map(([name, cell]) => {
    if (typeof cell !== 'object' || cell === null) return [name, cell];
    if (typeof cell.base64 !== 'string') throw new BackupInvalidError('a line has a value that is none');
    return [name, Buffer.from(cell.base64, 'base64')];
  });
  return { table: known.name, row: Object.fromEntries(values) };
}

/** @throws {BackupInvalidError} */
export function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new BackupInvalidError('a line is not JSON');
}
