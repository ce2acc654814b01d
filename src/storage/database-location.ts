import { fileURLToPath } from 'node:url';
import { DatabaseLocationError } from './database-errors.ts';
import { type PostgresqlLocation, parsePostgresqlUrl } from './postgresql/location.ts';

/** Where a database is. Only `parseDatabaseLocation` reads one from text. */
export type DatabaseLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | PostgresqlLocation;

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * Reads `:memory:`, a path, `sqlite:///path`, or a `postgres://` or `postgresql://` URL as notary-server's `db_url` has it
 * (`docs/notary-storage.md`, "Where the database is").
 * @throws {DatabaseLocationError} without the text: it may hold a password
 */
export function parseDatabaseLocation(text: string): DatabaseLocation {
  if (text === ':memory:') return { kind: 'memory' };
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (text === '' || text.includes('\0')) throw new DatabaseLocationError('no database is named');
    return { kind: 'sqlite', path: text };
  }
  if (scheme === 'postgres' || scheme === 'postgresql') return parsePostgresqlUrl(text);
  if (scheme === 'sqlite') return { kind: 'sqlite', path: parseSqliteUrl(text) };
  throw new DatabaseLocationError(`a database of the kind ${JSON.stringify(scheme)}: want sqlite or postgresql`);
}

/** Names a database to people: never with a password. */
export function describeDatabase(location: DatabaseLocation): string {
  switch (location.kind) {
    case 'memory':
      return 'a database in memory';
    case 'sqlite':
      return location.path;
    case 'postgresql':
      return `postgresql://${location.host}:${location.port}/${location.database}`;
  }
}

function parseSqliteUrl(text: string): string {
  try {
    return fileURLToPath(`file${text.slice('sqlite'.length)}`);
  } catch (cause) {
    throw new DatabaseLocationError('want sqlite:///path with three slashes', { cause });
  }
}
