import { type DatabaseLocation, DatabaseLocationError, parseDatabaseLocation } from '../../storage/index.ts';

/** A MySQL or MariaDB database. */
export interface MysqlLocation {
  readonly kind: 'mysql';
  readonly host: string;
  readonly port: number;
  /** Of a unix socket, in place of host and port. */
  readonly socketPath: string | undefined;
  readonly user: string;
  /** Never to be shown. */
  readonly password: string;
  readonly database: string;
  /** As Go's driver has it: `skip-verify` encrypts and checks nothing; `preferred` is not had, for it falls back to no TLS. */
  readonly tls: 'false' | 'true' | 'skip-verify';
}

/** Where an original's database is. */
export type OriginalLocation = MysqlLocation | Extract<DatabaseLocation, { kind: 'postgresql' }>;

const DEFAULT_PORT = 3306;
/** `user:password@tcp(host:port)/database?parameters`, of go-sql-driver/mysql. The password may hold any character. */
const GO_DSN =
  /^(?:(?<user>[^:@/]*)(?::(?<password>.*))?@)?(?<net>tcp|unix)?(?:\((?<address>[^)]*)\))?\/(?<database>[^/?]+)(?:\?(?<query>.*))?$/s;

/**
 * Reads the `db_url` of an original's configuration: a `postgres://` URL, Go's MySQL form, or a `mysql://` URL.
 * @throws {DatabaseLocationError} without the text: it may hold a password
 */
export function parseOriginalLocation(text: string): OriginalLocation {
  if (/^mysql:\/\//i.test(text)) return parseMysqlUrl(text);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseGoDsn(text);
  const location = parseDatabaseLocation(text);
  if (location.kind === 'postgresql') return location;
  throw new DatabaseLocationError('an original has its data in PostgreSQL or MySQL: want postgres://… or mysql://…');
}

export function describeOriginal(location: OriginalLocation): string {
  const { kind, host, port, database } = location;
  const socket = location.kind === 'mysql' ? location.socketPath : undefined;
  return socket === undefined ? `${kind}://${host}:${port}/${database}` : `${kind}://${socket}/${database}`;
}

function parseGoDsn(text: string): MysqlLocation {
  const { user = '', password = '', net = 'tcp', address = '', database, query } = GO_DSN.exec(text)?.groups ?? {};
  if (database === undefined) throw new DatabaseLocationError('want user:password@tcp(host:port)/database');
  const [, host = '127.0.0.1', port] = /^(.+?)(?::(\d+))?$/.exec(address) ?? [];
  return {
    kind: 'mysql',
    host: net === 'unix' ? '' : host.replace(/^\[(.*)\]$/, '$1'),
    port: parsePort(port),
    socketPath: net === 'unix' ? address : undefined,
    user,
    password,
    database: decode(database),
    tls: parseTls(new URLSearchParams(query).get('tls')),
  };
}

function parseMysqlUrl(text: string): MysqlLocation {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new DatabaseLocationError('the MySQL URL cannot be read: are special characters of the password escaped?');
  }
  const database = decode(url.pathname.slice(1));
  if (database === '') throw new DatabaseLocationError('the MySQL URL names no database');
  return {
    kind: 'mysql',
    host: decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || '127.0.0.1',
    port: parsePort(url.port),
    socketPath: url.searchParams.get('socket') ?? undefined,
    user: decode(url.username),
    password: decode(url.password),
    database,
    tls: parseTls(url.searchParams.get('tls')),
  };
}

function parsePort(text: string | undefined): number {
  const port = text ? Number(text) : DEFAULT_PORT;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new DatabaseLocationError('the port is none');
}

function parseTls(text: string | null): MysqlLocation['tls'] {
  if (text === null || text === 'false') return 'false';
  if (text === 'true' || text === 'skip-verify') return text;
  throw new DatabaseLocationError('tls: want true, false or skip-verify');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseLocationError('the location has a percent sign that encodes nothing');
  }
}
