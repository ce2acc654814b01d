import { dirname, resolve } from 'node:path';
import { parseTcpAddress } from '../../http/index.ts';
import {
  type Environment,
  type ReadSettings,
  readSettings,
  type Section,
  type SettingsFile,
} from '../../settings/index.ts';
import { DEFAULT_CACHE_AGES } from '../http/reply.ts';
import { readTokenAuth } from './auth.ts';
import { readLogLevel } from './log-level.ts';
import { readOwn } from './own-settings.ts';
import { readPath } from './path.ts';
import type { ServerConfig, TlsFiles } from './server-config.ts';
import { readDatabase } from './storage.ts';
import { readTrustService } from './trust-service.ts';

const PREFIX = 'NOTARY_SERVER_';
const DEFAULT_ADDRESS = '127.0.0.1:4443';
const MAX_AGE_SECONDS = 31_536_000;

/** Every setting, so that each has its variable: `NOTARY_SERVER_SERVER_HTTP_ADDR`. */
const KEYS: readonly string[] = [
  ...['http_addr', 'tls_cert_file', 'tls_key_file', 'client_ca_file'].map((key) => `server.${key}`),
  ...['type', 'hostname', 'port', 'key_algorithm', 'tls_ca_file', 'tls_client_cert', 'tls_client_key'].map(
    (key) => `trust_service.${key}`,
  ),
  ...['backend', 'db_url'].map((key) => `storage.${key}`),
  'auth.type',
  ...['current_metadata', 'consistent_metadata'].map((key) => `caching.max_age.${key}`),
  'repositories.gun_prefixes',
  'logging.level',
  ...['api_key', 'release_stage', 'endpoint'].map((key) => `reporting.bugsnag.${key}`),
  ...[
    'audit',
    'key_file',
    'passphrase_file',
    'key_algorithm',
    'max_upload_bytes',
    'debug_addr',
    'trusted_proxies',
    'drain_timeout',
  ].map((key) => `trustsandbox.${key}`),
  ...['keep_versions', 'keep_for'].map((key) => `trustsandbox.retention.${key}`),
];

export interface ServerSurroundings {
  readonly environment: Environment;
  /** What relative paths of variables and of `db_url` begin at, and those of the file when there is none. */
  readonly cwd: string;
  /** The database of a server that is told of none. */
  readonly defaultDatabase: string;
}

/**
 * Reads the configuration of a Notary server: notary-server's JSON (or YAML), and `NOTARY_SERVER_*` over it.
 * @throws {ConfigurationError} with everything that is wrong, by name and line
 */
export function parseServerConfig(
  file: SettingsFile | undefined,
  { environment, cwd, defaultDatabase }: ServerSurroundings,
): ReadSettings<ServerConfig> {
  const folder = file ? dirname(resolve(cwd, file.path)) : cwd;
  return readSettings({ file, environment, prefix: PREFIX, keys: KEYS }, (top) => {
    const server = top.section('server');
    top.section('reporting').ineffective('bugsnag', 'errors are in the log, and are sent nowhere');
    return {
      address: readAddress(server),
      tls: readTls(server, folder),
      database: readDatabase(top.section('storage'), { cwd, defaultDatabase }),
      auth: readTokenAuth(top.section('auth')),
      cacheAges: readCacheAges(top.section('caching').section('max_age')),
      gunPrefixes: readPrefixes(top.section('repositories')),
      logLevel: readLogLevel(top.section('logging')),
      ...readOwn(top.section('trustsandbox'), readTrustService(top.section('trust_service'), folder), folder),
    };
  });
}

function readAddress(section: Section): ServerConfig['address'] {
  const text = section.text('http_addr') ?? DEFAULT_ADDRESS;
  const address = parseTcpAddress(text);
  if (!address) section.problem('http_addr', `want host:port, found ${JSON.stringify(text.slice(0, 100))}`);
  return address ?? { kind: 'tcp', host: '127.0.0.1', port: 0 };
}

/** Both of certificate and key, or neither: half of them would be a server without TLS that was meant to have it. */
function readTls(section: Section, folder: string): TlsFiles | undefined {
  const [certificate, key, clientCa] = ['tls_cert_file', 'tls_key_file', 'client_ca_file'].map((name) =>
    readPath(section, name, folder),
  );
  if (certificate !== undefined && key !== undefined) return { certificate, key, clientCa };
  for (const [name, other, has] of [
    ['tls_cert_file', 'tls_key_file', key],
    ['tls_key_file', 'tls_cert_file', certificate],
  ] as const) {
    if (has !== undefined) section.problem(name, `must be given, for ${other} is`);
  }
  if (clientCa !== undefined && certificate === undefined && key === undefined)
    section.problem('client_ca_file', 'needs tls_cert_file and tls_key_file');
  return undefined;
}

function readCacheAges(section: Section): ServerConfig['cacheAges'] {
  const limits = { min: 0, max: MAX_AGE_SECONDS };
  return {
    current: section.integer('current_metadata', limits) ?? DEFAULT_CACHE_AGES.current,
    consistent: section.integer('consistent_metadata', limits) ?? DEFAULT_CACHE_AGES.consistent,
  };
}

/** Prefixes end in a slash and climb nowhere. A variable has them with spaces between. */
function readPrefixes(section: Section): readonly string[] {
  const prefixes = section.texts('gun_prefixes').flatMap((text) => text.split(/\s+/).filter((each) => each !== ''));
  for (const prefix of prefixes) {
    if (!/^(?!\.{0,2}\/|\.\.)(?:(?!\.{1,2}\/)[^/]+\/)+$/.test(prefix))
      section.problem(
        'gun_prefixes',
        `want a name that ends in a slash, example.com/team/, found ${JSON.stringify(prefix)}`,
      );
  }
  return prefixes;
}
