import { dirname, resolve } from 'node:path';
import { parseTcpAddress } from '../../http/index.ts';
import { type ReadSettings, readSettings, type Section, type SettingsFile } from '../../settings/index.ts';
import { type DatabaseLocation, parseDatabaseLocation } from '../../storage/index.ts';
import type { SignerTlsFiles } from '../keys/remote/tls-files.ts';
import { readLogLevel } from './log-level.ts';
import { readPath } from './path.ts';
import type { LogLevel, ServerConfig } from './server-config.ts';
import { readPostgresql, sqlitePath } from './storage.ts';

/** Where a signer's keys are. */
export type SignerStorageConfig =
  | { readonly kind: 'memory' }
  | { readonly kind: 'database'; readonly location: DatabaseLocation; readonly defaultAlias: string };

/** All that a signer is told, as notary-signer 0.7's configuration file says it (`docs/wire/signer.md`). */
export interface SignerConfig {
  readonly address: { readonly host: string; readonly port: number };
  readonly tls: SignerTlsFiles;
  readonly storage: SignerStorageConfig;
  /** Passphrases by alias: as variables have them, and in files, which win. */
  readonly passphrases: ReadonlyMap<string, string>;
  readonly passphraseFiles: ReadonlyMap<string, string>;
  readonly logLevel: LogLevel;
  /** How long calls that are being answered may go on after the signal to stop. */
  readonly drainMs: number;
}

const PREFIX = 'NOTARY_SIGNER_';
const BACKENDS = ['memory', 'sqlite3', 'postgres', 'mysql', 'rethinkdb'] as const;
const DEFAULT_DRAIN_MS = 10_000;
const SECTIONS = /^NOTARY_SIGNER_(?:SERVER|STORAGE|LOGGING|REPORTING|TRUSTSANDBOX)_/;
/** Every setting, so that each has its variable: `NOTARY_SIGNER_SERVER_GRPC_ADDR`. */
const KEYS: readonly string[] = [
  ...['grpc_addr', 'http_addr', 'tls_cert_file', 'tls_key_file', 'client_ca_file'].map((key) => `server.${key}`),
  ...['backend', 'db_url', 'default_alias'].map((key) => `storage.${key}`),
  'default_alias',
  'logging.level',
  ...['api_key', 'release_stage', 'endpoint'].map((key) => `reporting.bugsnag.${key}`),
  'trustsandbox.drain_timeout',
];

/**
 * Reads the configuration of a signer: notary-signer's JSON (or YAML), `NOTARY_SIGNER_*` over it, and passphrases from
 * `NOTARY_SIGNER_<ALIAS>`. Relative paths begin at the file's folder, that of `db_url` at `cwd`.
 * @throws {ConfigurationError} with everything that is wrong, by name and line
 */
export function parseSignerConfig(
  file: SettingsFile | undefined,
  { environment, cwd }: { readonly environment: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): ReadSettings<SignerConfig> {
  const folder = file ? dirname(resolve(cwd, file.path)) : cwd;
  const { settings, passphrases } = sortVariables(environment);
  return readSettings({ file, environment: settings, prefix: PREFIX, keys: KEYS }, (top) => {
    const server = top.section('server');
    const own = top.section('trustsandbox');
    top.section('reporting').ineffective('bugsnag', 'errors are in the log, and are sent nowhere');
    server.ineffective('http_addr', 'a signer speaks gRPC alone, and says there how it is');
    return {
      address: readAddress(server),
      tls: readTls(server, folder),
      storage: readStorage(top.section('storage'), top.text('default_alias'), cwd),
      passphrases,
      passphraseFiles: readPassphraseFiles(own.section('passphrase_files'), folder),
      logLevel: readLogLevel(top.section('logging')),
      drainMs: own.duration('drain_timeout') ?? DEFAULT_DRAIN_MS,
    };
  });
}

/** A variable that stands for no setting is the passphrase of an alias; one that begins as a setting does may be a slip, and is both. */
function sortVariables(environment: Readonly<Record<string, string | undefined>>) {
  const known = new Set(KEYS.map((key) => PREFIX + key.toUpperCase().replaceAll('.', '_')));
  const settings: Record<string, string> = {};
  const passphrases = new Map<string, string>();
  for (const [name, text = ''] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === '') continue;
    if (known.has(name) || SECTIONS.test(name)) settings[name] = text;
    if (!known.has(name)) passphrases.set(name.slice(PREFIX.length), text);
  }
  return { settings, passphrases };
}

function readAddress(section: Section): ServerConfig['address'] & { readonly kind: 'tcp' } {
  const text = section.requiredText('grpc_addr');
  const address = parseTcpAddress(text);
  if (!address && text !== '')
    section.problem('grpc_addr', `want host:port, found ${JSON.stringify(text.slice(0, 100))}`);
  return address ?? { kind: 'tcp', host: '127.0.0.1', port: 0 };
}

function readTls(section: Section, folder: string): SignerTlsFiles {
  section.requiredText('tls_cert_file');
  section.requiredText('tls_key_file');
  return {
    certFile: readPath(section, 'tls_cert_file', folder),
    keyFile: readPath(section, 'tls_key_file', folder),
    caFile: readPath(section, 'client_ca_file', folder),
  };
}

function readStorage(section: Section, olderAlias: string | undefined, cwd: string): SignerStorageConfig {
  const backend = section.oneOf('backend', BACKENDS);
  const url = section.text('db_url') ?? '';
  const defaultAlias = section.text('default_alias') || olderAlias;
  if (!backend && !section.has('backend')) section.problem('backend', 'must be given: memory, sqlite3 or postgres');
  if (backend === 'memory' && url !== '') section.warn('db_url', 'has no effect: keys are in memory');
  if (backend === undefined || backend === 'memory') return { kind: 'memory' };
  if (!defaultAlias) section.problem('default_alias', 'must be given: the alias of the passphrase for new keys');
  return { kind: 'database', location: readLocation(section, backend, url, cwd), defaultAlias: defaultAlias ?? '' };
}

function readLocation(
  section: Section,
  backend: Exclude<(typeof BACKENDS)[number], 'memory'>,
  url: string,
  cwd: string,
): DatabaseLocation {
  const nowhere: DatabaseLocation = { kind: 'memory' };
  if (backend === 'sqlite3') {
    section.requiredText('db_url');
    return { kind: 'sqlite', path: sqlitePath(url, cwd) };
  }
  if (backend === 'postgres') {
    const location = readPostgresql(section);
    return url === '' || !section.isGiven ? nowhere : findLocation(location);
  }
  section.problem('backend', `${backend} is not served from: want memory, sqlite3 or postgres`);
  for (const key of ['tls_ca_file', 'client_cert_file', 'client_key_file', 'database', 'username', 'password'])
    section.accept(key);
  return nowhere;
}

/** What is wrong with it has been said. */
function findLocation(text: string): DatabaseLocation {
  try {
    return parseDatabaseLocation(text);
  } catch {
    return { kind: 'memory' };
  }
}

/** `passphrase_files`: a file for each alias. */
function readPassphraseFiles(section: Section, folder: string): ReadonlyMap<string, string> {
  const files = section.names.map((alias) => [alias, readPath(section, alias, folder)] as const);
  for (const [alias, path] of files) if (path === undefined) section.problem(alias, 'want a path');
  return new Map(files.map(([alias, path]) => [alias, path ?? '']));
}
