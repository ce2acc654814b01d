import { resolve } from 'node:path';
import type { Section } from '../../settings/index.ts';
import { DatabaseLocationError, parseDatabaseLocation } from '../../storage/index.ts';

const BACKENDS = ['memory', 'sqlite3', 'postgres', 'mysql', 'rethinkdb'] as const;

/**
 * `storage`: where the database is. `db_url` of SQLite is a path, relative to the working folder, as in the original; that of
 * PostgreSQL is a URL or `name=value` pairs.
 */
export function readDatabase(
  section: Section,
  { cwd, defaultDatabase }: { readonly cwd: string; readonly defaultDatabase: string },
): string {
  const backend = section.oneOf('backend', BACKENDS);
  const url = section.text('db_url') ?? '';
  const rethink = ['tls_ca_file', 'client_cert_file', 'client_key_file', 'database', 'username', 'password'];
  if (backend === 'rethinkdb') section.accept(...rethink);
  switch (backend) {
    case undefined:
      if (url !== '') section.problem('backend', 'must be given, for db_url is: sqlite3 or postgres');
      return defaultDatabase;
    case 'memory':
      if (url !== '') section.warn('db_url', 'has no effect: the store is in memory');
      return ':memory:';
    case 'sqlite3':
      section.requiredText('db_url');
      return sqlitePath(url, cwd);
    case 'postgres':
      return readPostgresql(section);
    case 'mysql':
      section.problem('backend', 'mysql is not served from: `notary-server import` takes its rows over, once');
      return defaultDatabase;
    case 'rethinkdb':
      section.problem('backend', 'rethinkdb is neither served from nor imported: use sqlite3 or postgres');
      return defaultDatabase;
  }
}

/** The path in what the original's driver takes for SQLite: a path, or a `file:` URL with parameters. */
export function sqlitePath(url: string, cwd: string): string {
  return resolve(cwd, url.replace(/^file:(?:\/\/(?=\/))?/, '').replace(/\?.*$/, ''));
}

const PAIR = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s']*))\s*/gy;

/** A URL, or libpq's `host=h dbname=d`, written as the URL of the same parameters. Never repeated: it may hold a password. */
export function readPostgresql(section: Section): string {
  const text = section.requiredText('db_url');
  if (text === '') return text; // said
  const pairs = [...text.matchAll(PAIR)];
  const isPairs = pairs.length > 0 && pairs.reduce((length, [pair]) => length + pair.length, 0) === text.length;
  const parameters = pairs.map(
    ([, name = '', quoted, plain = '']) => [name, quoted?.replace(/\\(.)/g, '$1') ?? plain] as [string, string],
  );
  const location = isPairs ? `postgresql:///?${new URLSearchParams(parameters)}` : text;
  try {
    parseDatabaseLocation(location);
  } catch (thrown) {
    if (thrown instanceof DatabaseLocationError) section.problem('db_url', thrown.message);
    else throw thrown;
  }
  return location;
}
