import { DatabaseLocationError } from '../database-errors.ts';

/** How the connection is protected: libpq's words, of which `allow` and `prefer` are refused as the original's driver does. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

export interface PostgresqlLocation {
  readonly kind: 'postgresql';
  /** A name, an address, or the folder of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  /** Never to be shown. */
  readonly password: string | undefined;
  readonly database: string;
  readonly sslMode: SslMode;
  /** PEM files: the authorities, and the certificate and key to show. */
  readonly sslRootCert: string | undefined;
  readonly sslCert: string | undefined;
  readonly sslKey: string | undefined;
  readonly connectTimeoutMs: number;
}

const DEFAULT_PORT = 5432;
const DEFAULT_TIMEOUT_S = 10;
const SSL_MODES: ReadonlySet<string> = new Set(['disable', 'require', 'verify-ca', 'verify-full']);

/**
 * Reads a connection URI (PostgreSQL 15, 34.1.1.2) with the parameters of `lib/pq`, the driver of notary-server 0.7:
 * `sslmode` is `require` when not said, which over a unix socket is nothing. Parameters that change nothing here are passed over.
 * @throws {DatabaseLocationError} without the text: it may hold a password
 */
export function parsePostgresqlUrl(text: string): PostgresqlLocation {
  const url = parseUrl(text);
  const option = (name: string): string | undefined => url.searchParams.get(name) || undefined;
  const host = option('host') ?? (url.hostname === '' ? 'localhost' : unbracket(decode(url.hostname)));
  const database = decode(url.pathname.slice(1)) || option('dbname') || decode(url.username) || option('user');
  if (!database) throw new DatabaseLocationError('the PostgreSQL URL names no database');
  return {
    kind: 'postgresql',
    host,
    port: parseNumber('port', option('port') ?? url.port, DEFAULT_PORT, 65_535),
    user: decode(url.username) || option('user'),
    password: decode(url.password) || option('password'),
    database,
    sslMode: host.startsWith('/') ? 'disable' : parseSslMode(option('sslmode') ?? 'require'),
    sslRootCert: option('sslrootcert'),
    sslCert: option('sslcert'),
    sslKey: option('sslkey'),
    connectTimeoutMs: parseNumber('connect_timeout', option('connect_timeout'), DEFAULT_TIMEOUT_S, 3600) * 1000,
  };
}

/** `postgres:///name?host=/run/postgresql` has no host, which the URL standard allows for schemes it does not know. */
function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new DatabaseLocationError(
      'the PostgreSQL URL cannot be read: are special characters of the password escaped?',
    );
  }
}

function parseSslMode(text: string): SslMode {
  if (SSL_MODES.has(text)) return text as SslMode; // checked on this line
  throw new DatabaseLocationError(
    `sslmode: want disable, require, verify-ca or verify-full, found ${JSON.stringify(text)}`,
  );
}

function parseNumber(name: string, text: string | undefined, absent: number, max: number): number {
  if (!text) return absent;
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 1 && number <= max) return number;
  throw new DatabaseLocationError(`${name}: want a number from 1 to ${max}`);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseLocationError('the PostgreSQL URL has a percent sign that encodes nothing');
  }
}

function unbracket(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
