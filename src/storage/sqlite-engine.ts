import { open } from 'node:fs/promises';
import { Kysely } from 'kysely';
import type { DatabaseEngine } from './database.ts';
import { PatientSqliteDialect } from './patient-dialect.ts';
import { openSqlite, type SqliteConnection, settle } from './sqlite.ts';

/** What SQLite says of a row whose key is taken: primary key, unique (sqlite.org/rescode.html). */
const CONSTRAINT_CODES: ReadonlySet<unknown> = new Set([
  1555,
  2067,
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_UNIQUE',
]);

export async function openSqliteEngine<Schema>(path: string): Promise<DatabaseEngine<Schema>> {
  // For nobody else; SQLite gives its log the same mode.
  if (path !== ':memory:') await (await open(path, 'a', 0o600)).close();
  const connection = await openSqlite(path);
  const query = new Kysely<Schema>({ dialect: new PatientSqliteDialect({ database: connection }) });
  return {
    kind: 'sqlite',
    query,
    migrating: (migrate) => migrate(query), // in one transaction, by the dialect's adapter
    ready: () => settle(connection),
    isUniqueViolation(thrown) {
      const { code, errcode } = (thrown ?? {}) as { code?: unknown; errcode?: unknown };
      return CONSTRAINT_CODES.has(errcode) || CONSTRAINT_CODES.has(code);
    },
    foreignChanges: changeCounter(connection),
  };
}

/** SQLite's own count of commits by others (sqlite.org/pragma.html, `data_version`). */
function changeCounter(connection: SqliteConnection): () => number {
  const statement = connection.prepare('PRAGMA data_version');
  return () => Number((statement.all([])[0] as { data_version: number } | undefined)?.data_version ?? 0);
}
