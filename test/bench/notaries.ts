import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerTls } from '../../src/http/index.ts';
import { HOSTS, ourCommand, type RunningServer, startServer } from './servers.ts';

/** The Notary servers that are compared. Both read the same configuration, but for address and database. */
export const NOTARIES = ['trustsandbox', 'notary-server'] as const;
export type NotaryName = (typeof NOTARIES)[number];

/** `storage` of the configuration file. */
export type NotaryStorage = { readonly backend: string; readonly db_url?: string };

/** Starts a Notary server that signs with keys of its own, over TLS. */
export function startNotary(
  name: NotaryName,
  storage: NotaryStorage,
  tls: ServerTls,
  parent: string,
): Promise<RunningServer> {
  const folder = join(parent, `${name}-${storage.backend}`);
  mkdirSync(folder, { recursive: true });
  const [certificate, key, config] = ['server.crt', 'server.key', 'server.json'].map((file) => join(folder, file));
  const address = `${name === 'trustsandbox' ? HOSTS.ours : HOSTS.peer}:4443`;
  writeFileSync(`${certificate}`, tls.cert);
  writeFileSync(`${key}`, tls.key, { mode: 0o600 });
  const settings = {
    server: { http_addr: address, tls_cert_file: certificate, tls_key_file: key },
    trust_service: { type: 'local', hostname: '', port: '', key_algorithm: 'ecdsa' },
    storage,
    logging: { level: 'error' },
  };
  writeFileSync(`${config}`, JSON.stringify(settings));
  const arguments_ = ['-config', `${config}`];
  const command = name === 'trustsandbox' ? ourCommand('serve', 'notary', ...arguments_) : [name, ...arguments_];
  return startServer({ name, url: `https://${address}`, readyPath: '/_notary_server/health', command, folder });
}

/** The tables that notary-server's own migrations make, in PostgreSQL. */
export function makeOriginalTables(url: string): void {
  execFileSync('psql', [url, '-qv', 'ON_ERROR_STOP=1', '-f', '-'], {
    input: `
      CREATE TABLE tuf_files (
        id serial PRIMARY KEY, created_at timestamp, updated_at timestamp, deleted_at timestamp,
        gun varchar(255) NOT NULL, role varchar(255) NOT NULL, version integer NOT NULL, data bytea NOT NULL,
        sha256 char(64), UNIQUE (gun, role, version));
      CREATE INDEX tuf_files_sha256_idx ON tuf_files (sha256);
      CREATE TABLE change_category (category varchar(20) PRIMARY KEY);
      INSERT INTO change_category VALUES ('update'), ('deletion');
      CREATE TABLE changefeed (
        id serial PRIMARY KEY, created_at timestamp DEFAULT CURRENT_TIMESTAMP, gun varchar(255) NOT NULL,
        version integer NOT NULL, sha256 char(64) DEFAULT NULL,
        category varchar(20) NOT NULL DEFAULT 'update' REFERENCES change_category);
      CREATE INDEX idx_changefeed_gun ON changefeed (gun);`,
  });
}
