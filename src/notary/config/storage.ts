import { resolve } from 'node:path';
import type { Section } from '../../settings/index.ts';

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
      return resolve(cwd, url.replace(/^file:(?:\/\/(?=\/))?/, '').replace(/\?.*$/, ''));
    case 'postgres':
      return section.requiredText('db_url');
    case 'mysql':
      section.problem('backend', 'mysql is not served from: `notary-server import` takes its rows over, once');
      return defaultDatabase;
    case 'rethinkdb':
      section.problem('backend', 'rethinkdb is neither served from nor imported: use sqlite3 or postgres');
      return defaultDatabase;
  }
}
