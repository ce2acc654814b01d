import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseServerConfig } from './parse-server-config.ts';

const PATH = '/etc/notary/server.json';

function parse(settings: object | string, environment: Record<string, string> = {}) {
  const text = typeof settings === 'string' ? settings : JSON.stringify(settings);
  return parseServerConfig({ path: PATH, text }, { environment, cwd: '/srv', defaultDatabase: '/home/n/notary.db' });
}

/** notary's own `fixtures/server-config.postgres.json`, tabs and all. */
const FIXTURE = `{
	"server": {
		"http_addr": ":4443",
		"tls_key_file": "./notary-server.key",
		"tls_cert_file": "./notary-server.crt"
	},
	"trust_service": {
		"type": "remote",
		"hostname": "notarysigner",
		"port": "7899",
		"tls_ca_file": "./root-ca.crt",
		"key_algorithm": "ecdsa",
		"tls_client_cert": "./notary-server.crt",
		"tls_client_key": "./notary-server.key"
	},
	"logging": {
		"level": "debug"
	},
	"storage": {
		"backend": "postgres",
		"db_url": "postgres://server@postgresql:5432/notaryserver?sslmode=verify-ca&sslrootcert=/ca.pem"
	}
}
`;

describe("notary-server's configuration", () => {
  test('is understood as it stands, with paths relative to the file', () => {
    expect(parse(FIXTURE)).toEqual({
      warnings: [],
      value: {
        address: { kind: 'tcp', host: '::', port: 4443 },
        tls: {
          certificate: '/etc/notary/notary-server.crt',
          key: '/etc/notary/notary-server.key',
          clientCa: undefined,
        },
        trustService: {
          kind: 'remote',
          hostname: 'notarysigner',
          port: 7899,
          keyAlgorithm: 'ecdsa',
          tls: {
            caFile: '/etc/notary/root-ca.crt',
            certFile: '/etc/notary/notary-server.crt',
            keyFile: '/etc/notary/notary-server.key',
          },
        },
        database: 'postgres://server@postgresql:5432/notaryserver?sslmode=verify-ca&sslrootcert=/ca.pem',
        auth: undefined,
        cacheAges: { current: 300, consistent: 2_592_000 },
        gunPrefixes: [],
        logLevel: 'debug',
        hasAudit: true,
        retention: { keepVersions: undefined, keepMs: undefined },
        maxUploadBytes: undefined,
        debugAddress: undefined,
        trustedProxies: [],
        drainMs: 10_000,
      },
    });
  });

  test('says once that a database is not named', () => {
    expect(() => parse({ storage: { backend: 'postgres' } })).toThrow(/^[^\n]*storage\.db_url: must be given[^\n]*$/);
  });

  test('may be missing: a server with SQLite on loopback', () => {
    const { value } = parseServerConfig(undefined, {
      environment: {},
      cwd: '/srv',
      defaultDatabase: '/home/n/notary.db',
    });
    expect(value).toMatchObject({
      address: { host: '127.0.0.1', port: 4443 },
      database: '/home/n/notary.db',
      trustService: { kind: 'local' },
      tls: undefined,
    });
  });

  test.each([
    {
      what: 'a TCP address',
      env: { SERVER_HTTP_ADDR: '127.0.0.1:1' },
      found: { address: { host: '127.0.0.1', port: 1 } },
    },
    { what: 'a backend', env: { STORAGE_BACKEND: 'memory' }, found: { database: ':memory:' } },
    {
      what: 'SQLite, from the working folder',
      env: { STORAGE_BACKEND: 'sqlite3', STORAGE_DB_URL: 'n.db' },
      found: { database: '/srv/n.db' },
    },
    {
      what: 'pairs for PostgreSQL',
      env: {
        STORAGE_BACKEND: 'postgres',
        STORAGE_DB_URL: "host=/run/pg dbname=notary password='it''s'".replace("''", "\\'"),
      },
      found: { database: 'postgresql:///?host=%2Frun%2Fpg&dbname=notary&password=it%27s' },
    },
    {
      what: 'prefixes with spaces between',
      env: { REPOSITORIES_GUN_PREFIXES: 'a/ b.c/d/' },
      found: { gunPrefixes: ['a/', 'b.c/d/'] },
    },
    {
      what: 'an age',
      env: { CACHING_MAX_AGE_CURRENT_METADATA: '0' },
      found: { cacheAges: { current: 0, consistent: 2_592_000 } },
    },
    { what: 'a level', env: { LOGGING_LEVEL: 'WARNING' }, found: { logLevel: 'warn' } },
    { what: 'nothing by an empty text', env: { STORAGE_BACKEND: '' }, found: { database: '/home/n/notary.db' } },
    { what: 'what only this server has', env: { TRUSTSANDBOX_AUDIT: 'false' }, found: { hasAudit: false } },
    {
      what: 'how much is kept',
      env: { TRUSTSANDBOX_RETENTION_KEEP_VERSIONS: '3', TRUSTSANDBOX_RETENTION_KEEP_FOR: '720h' },
      found: { retention: { keepVersions: 3, keepMs: 2_592_000_000 } },
    },
    {
      what: 'a passphrase',
      env: { TRUSTSANDBOX_PASSPHRASE_FILE: 'p' },
      found: { trustService: { kind: 'local', secret: { kind: 'passphrase-file', path: '/etc/notary/p' } } },
    },
    {
      what: 'the kind of keys it makes',
      env: { TRUSTSANDBOX_KEY_ALGORITHM: 'ecdsa' },
      found: { trustService: { kind: 'local', keyAlgorithm: 'ecdsa' } },
    },
  ])('takes from variables $what', ({ env, found }) => {
    const environment = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [`NOTARY_SERVER_${name}`, value]),
    );
    expect(parse({ Server: {} }, environment)).toMatchObject({ value: found, warnings: [] });
  });

  test.each([
    { why: 'half of TLS', settings: { server: { tls_cert_file: 'a' } }, message: 'server.tls_key_file: must be given' },
    {
      why: 'a client CA alone',
      settings: { server: { client_ca_file: 'a' } },
      message: 'needs tls_cert_file and tls_key_file',
    },
    {
      why: 'an address that is none',
      settings: { server: { http_addr: '4443' } },
      message: 'want host:port, found "4443"',
    },
    { why: 'MySQL', settings: { storage: { backend: 'mysql', db_url: 'x' } }, message: '`notary-server import`' },
    {
      why: 'RethinkDB',
      settings: { storage: { backend: 'rethinkdb', username: 'u' } },
      message: 'neither served from nor imported',
    },
    { why: 'a backend that is none', settings: { storage: { backend: 'oracle' } }, message: 'want one of memory' },
    {
      why: 'a URL without a backend',
      settings: { storage: { db_url: 'x' } },
      message: 'storage.backend: must be given',
    },
    { why: 'auth of another type', settings: { auth: { type: 'htpasswd' } }, message: 'auth.type: want token' },
    {
      why: 'a token without keys',
      settings: { auth: { type: 'token', options: { realm: 'r', service: 's', issuer: 'i' } } },
      message: 'auth.options: needs rootcertbundle or jwks',
    },
    {
      why: 'a prefix without a slash',
      settings: { repositories: { gun_prefixes: ['a'] } },
      message: 'ends in a slash',
    },
    {
      why: 'a prefix that climbs',
      settings: { repositories: { gun_prefixes: ['../a/'] } },
      message: 'ends in a slash',
    },
    {
      why: 'an age over a year',
      settings: { caching: { max_age: { current_metadata: 31536001 } } },
      message: '0 to 31536000',
    },
    { why: 'a level that is none', settings: { logging: { level: 'loud' } }, message: 'logging.level: want one of' },
    {
      why: 'a signer nobody can find',
      settings: { trust_service: { type: 'remote', key_algorithm: 'ecdsa' } },
      message: 'trust_service.hostname: must be given',
    },
    {
      why: 'half a client certificate',
      settings: { trust_service: { type: 'remote', tls_client_key: 'k' } },
      message: 'certificate and key go together',
    },
    {
      why: 'two secrets',
      settings: { trustsandbox: { key_file: 'k', passphrase_file: 'p' } },
      message: 'want one of them',
    },
    {
      why: 'a proxy by name',
      settings: { trustsandbox: { trusted_proxies: ['proxy'] } },
      message: 'want IP addresses',
    },
  ])('is refused for $why', ({ settings, message }) => {
    expect(() => parse(settings)).toThrow(message);
  });

  test('never repeats a database URL, which may hold a password', () => {
    const storage = { backend: 'postgres', db_url: 'postgres://u:hunter2@h/d?sslmode=prefer' };
    expect(() => parse({ storage })).toThrow(expect.not.stringContaining('hunter2') as unknown as Error);
    expect(() => parse({ storage })).toThrow('storage.db_url: sslmode');
  });

  test('that has no effect is told of, by name and line', () => {
    const text =
      '{\n"trust_service": {"type": "local", "hostname": "x"},\n"reporting": {"bugsnag": {"api_key": "k"}},\n"sevrer": {}}';
    const { warnings } = parse(text, { NOTARY_SERVER_STORAGE_TYPE: 'memory', NOTARY_SERVER_X: '1' });
    expect(warnings).toEqual([
      'NOTARY_SERVER_STORAGE_TYPE: is not known, and has no effect; there are NOTARY_SERVER_STORAGE_BACKEND, NOTARY_SERVER_STORAGE_DB_URL',
      'NOTARY_SERVER_X: is not known, and has no effect',
      `${PATH}:3: reporting.bugsnag: has no effect: errors are in the log, and are sent nowhere`,
      `${PATH}:2: trust_service.hostname: has no effect: the trust service is local`,
      `${PATH}:4: sevrer: is not known, and has no effect`,
    ]);
  });

  test('of any names and values is taken or refused with a reason, never anything else', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const section = fc.constantFrom(
      'server',
      'trust_service',
      'storage',
      'auth',
      'caching',
      'repositories',
      'logging',
      'trustsandbox',
    );
    fc.assert(
      fc.property(fc.dictionary(section, value), (settings) => {
        try {
          parse(settings);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
        }
      }),
    );
  });
});
