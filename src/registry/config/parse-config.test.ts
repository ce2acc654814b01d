import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse-config.ts';

const MINIMAL = 'version: 0.1\nstorage: inmemory\n';

function parse(text: string | undefined, environment: Record<string, string> = {}) {
  const file = text === undefined ? undefined : { path: 'c.yml', text };
  return parseConfig(file, environment, '/state/data');
}

/** distribution's example of everything, as far as it is used. */
const EVERYTHING = `
version: 0.1
log:
  accesslog:
    disabled: true
  level: debug
  formatter: json
  fields:
    service: registry
    environment: staging
storage:
  filesystem:
    rootdirectory: /var/lib/registry
    maxthreads: 100
  delete:
    enabled: true
  redirect:
    disable: true
  tag:
    concurrencylimit: 8
  cache:
    blobdescriptor: redis
    blobdescriptorsize: 10000
  maintenance:
    uploadpurging:
      enabled: true
      age: 72h
      interval: 12h
      dryrun: true
    readonly:
      enabled: true
    collection:
      enabled: true
      interval: 6h
      grace: 2h
      deleteuntagged: true
auth:
  token:
    realm: https://auth.example.com/token
    service: registry.example.com
    issuer: auth.example.com
    rootcertbundle: /bundle.pem
    jwks: /jwks.json
    signingalgorithms: [ES256, RS256]
http:
  addr: 0.0.0.0:5000
  prefix: /my/prefix/
  host: https://myregistryaddress.org:5000/
  secret: asecretforlocaldevelopment
  relativeurls: false
  draintimeout: 60s
  tls:
    certificate: /x509/public
    key: /x509/private
    clientcas: [/ca.pem, /another.pem]
    clientauth: verify-client-cert-if-given
    minimumtls: tls1.3
    ciphersuites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  debug:
    addr: localhost:5001
    prometheus:
      enabled: true
      path: /metrics
  headers:
    X-Content-Type-Options: [nosniff]
  http2:
    disabled: false
notifications:
  events:
    includereferences: true
  endpoints:
    - name: alistener
      disabled: false
      url: https://my.listener.com/event
      headers: {Authorization: [Bearer x]}
      timeout: 1s
      threshold: 5
      backoff: 2s
      ignoredmediatypes: [application/octet-stream]
      ignore:
        mediatypes: [text/plain]
        actions: [pull]
    - name: another
      disabled: true
      url: http://off
redis:
  addr: localhost:6379
health:
  storagedriver: {enabled: true, interval: 10s, threshold: 3}
  file:
    - {file: /path/to/checked/file, interval: 20s}
  http:
    - {uri: http://server.to.check/must/return/200, headers: {A: [b]}, statuscode: 204, timeout: 3s, interval: 10s, threshold: 3}
  tcp:
    - {addr: redis-server.domain.com:6379, timeout: 3s}
proxy:
  remoteurl: https://registry-1.docker.io
  username: someone
  password: secret
  ttl: 48h
catalog:
  maxentries: 50
tags:
  maxtags: 20
validation:
  manifests:
    urls:
      allow:
        - ^https?://([^/]+\\.)*example\\.com/
      deny:
        - ^https?://www\\.example\\.com/
`;

describe('a configuration file', () => {
  test('of everything is understood', () => {
    const { value, warnings } = parse(EVERYTHING);
    expect(warnings).toEqual([]);
    const hour = 3_600_000;
    expect(value).toMatchObject({
      storage: { kind: 'filesystem', rootDirectory: '/var/lib/registry' },
      isDeleteEnabled: true,
      mayRedirect: false,
      isReadOnly: true,
      uploadPurging: { ageMs: 72 * hour, intervalMs: 12 * hour, isDryRun: true },
      collection: { intervalMs: 6 * hour, graceMs: 2 * hour, deleteUntagged: true },
      http: {
        address: { kind: 'tcp', host: '0.0.0.0', port: 5000 },
        prefix: '/my/prefix',
        host: 'https://myregistryaddress.org:5000',
        isRelative: false,
        secret: 'asecretforlocaldevelopment',
        drainMs: 60_000,
        tls: {
          certificate: '/x509/public',
          key: '/x509/private',
          clientCas: ['/ca.pem', '/another.pem'],
          clientAuth: 'verify-client-cert-if-given',
          minimum: 'TLSv1.3',
          cipherSuites: ['TLS_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
        },
        headers: new Map([['X-Content-Type-Options', ['nosniff']]]),
        debug: { address: { kind: 'tcp', host: 'localhost', port: 5001 }, metricsPath: '/metrics' },
      },
      auth: {
        kind: 'token',
        realm: 'https://auth.example.com/token',
        service: 'registry.example.com',
        issuer: 'auth.example.com',
        rootCertBundle: '/bundle.pem',
        jwks: '/jwks.json',
        signingAlgorithms: ['ES256', 'RS256'],
        autoRedirectPath: undefined,
      },
      log: {
        level: 'debug',
        formatter: 'json',
        fields: { service: 'registry', environment: 'staging' },
        hasAccessLog: false,
      },
      health: [
        { kind: 'storage', intervalMs: 10_000, threshold: 3 },
        { kind: 'file', path: '/path/to/checked/file', intervalMs: 20_000, threshold: 1 },
        {
          kind: 'http',
          url: 'http://server.to.check/must/return/200',
          status: 204,
          timeoutMs: 3000,
          headers: { A: 'b' },
          intervalMs: 10_000,
          threshold: 3,
        },
        { kind: 'tcp', address: 'redis-server.domain.com:6379', timeoutMs: 3000, intervalMs: 10_000, threshold: 1 },
      ],
      notifications: {
        includesReferences: true,
        endpoints: [
          {
            name: 'alistener',
            url: 'https://my.listener.com/event',
            headers: { Authorization: 'Bearer x' },
            timeoutMs: 1000,
            threshold: 5,
            backoffMs: 2000,
            ignoredMediaTypes: new Set(['application/octet-stream', 'text/plain']),
            ignoredActions: new Set(['pull']),
          },
        ],
      },
      proxy: {
        remoteUrl: 'https://registry-1.docker.io',
        username: 'someone',
        password: 'secret',
        exec: undefined,
        ttlMs: 48 * hour,
      },
      catalogMaxEntries: 50,
      maxTags: 20,
      urlRules: {
        allow: [/^https?:\/\/([^/]+\.)*example\.com\//],
        deny: [/^https?:\/\/www\.example\.com\//],
      },
    });
  });

  test('may be left out', () => {
    const { value, warnings } = parse(undefined);
    expect(warnings).toEqual([]);
    expect(value).toMatchObject({
      storage: { kind: 'filesystem', rootDirectory: '/state/data' },
      http: { address: { kind: 'tcp', host: '127.0.0.1', port: 5000 }, tls: undefined, drainMs: 10_000 },
      auth: undefined,
      isDeleteEnabled: false,
      isReadOnly: false,
      uploadPurging: { ageMs: 604_800_000, intervalMs: 86_400_000, isDryRun: false },
      catalogMaxEntries: 1000,
    });
  });

  test.each<{ environment: Record<string, string>; found: object }>([
    { environment: { REGISTRY_HTTP_ADDR: ':5002' }, found: { http: { address: { host: '::', port: 5002 } } } },
    { environment: { REGISTRY_HTTP_ADDR: '[::1]:5002' }, found: { http: { address: { host: '::1', port: 5002 } } } },
    {
      environment: { REGISTRY_HTTP_NET: 'unix', REGISTRY_HTTP_ADDR: '/run/r.sock' },
      found: { http: { address: { kind: 'unix', path: '/run/r.sock' } } },
    },
    {
      environment: { REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: '/elsewhere', REGISTRY_STORAGE: 'filesystem' },
      found: { storage: { kind: 'filesystem', rootDirectory: '/elsewhere' } },
    },
    {
      environment: { REGISTRY_AUTH: 'htpasswd', REGISTRY_AUTH_HTPASSWD_REALM: 'r', REGISTRY_AUTH_HTPASSWD_PATH: '/p' },
      found: { auth: { kind: 'htpasswd', realm: 'r', path: '/p' } },
    },
    { environment: { REGISTRY_STORAGE_DELETE_ENABLED: 'true' }, found: { isDeleteEnabled: true } },
    {
      environment: { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' },
      found: { isReadOnly: true },
    },
    { environment: { REGISTRY_LOG_LEVEL: 'warn', REGISTRY_LOGLEVEL: 'debug' }, found: { log: { level: 'warn' } } },
    { environment: { REGISTRY_LOGLEVEL: 'trace' }, found: { log: { level: 'debug' } } },
    { environment: { REGISTRY_PROXY_REMOTEURL: 'https://x' }, found: { proxy: { remoteUrl: 'https://x' } } },
    { environment: { REGISTRY_CONFIGURATION_PATH: '/etc/x' }, found: {} },
    {
      environment: {
        REGISTRY_STORAGE: '{s3: {bucket: b, region: us-east-1, regionendpoint: "minio:9000", rootdirectory: /r}}',
      },
      found: {
        storage: {
          kind: 's3',
          options: { bucket: 'b', region: 'us-east-1', endpoint: 'https://minio:9000', rootDirectory: '/r' },
        },
      },
    },
  ])('gives way to $environment', ({ environment, found }) => {
    const { value, warnings } = parse(MINIMAL, environment);
    expect(value).toMatchObject(found);
    expect(warnings).toEqual([]);
  });

  test.each([
    { why: 'no version', text: 'storage: inmemory', problems: ['c.yml:1: version: want 0.1, found ""'] },
    { why: 'another version', text: 'version: 0.2', problems: ['c.yml:1: version: want 0.1, found "0.2"'] },
    {
      why: 'two kinds of storage',
      text: 'version: 0.1\nstorage:\n  inmemory:\n  filesystem: {}',
      problems: ['c.yml:2: storage: want one kind of storage, found inmemory, filesystem'],
    },
    {
      why: 'a storage there is not',
      text: 'version: 0.1\nstorage:\n  gcs: {bucket: b}',
      problems: ['c.yml:3: storage.gcs: is not supported: want filesystem, inmemory or s3'],
    },
    {
      why: 'half of a bucket',
      text: 'version: 0.1\nstorage:\n  s3:\n    bucket: b',
      problems: ['c.yml:3: storage.s3.region: must be given'],
    },
    {
      why: 'an auth there is not',
      text: `${MINIMAL}auth:\n  silly: {realm: r, service: s}`,
      problems: ['c.yml:4: auth.silly: is not supported: want htpasswd or token'],
    },
    {
      why: 'two kinds of auth',
      text: `${MINIMAL}auth:\n  htpasswd: {realm: r, path: p}\n  token: {}`,
      problems: ['c.yml:3: auth: want one way, found htpasswd, token'],
    },
    {
      why: 'nothing to know tokens by',
      text: `${MINIMAL}auth:\n  token: {realm: r, service: s, issuer: i}`,
      problems: ['c.yml:4: auth.token: needs rootcertbundle or jwks: without, no token can be verified'],
    },
    {
      why: 'an algorithm with a shared secret',
      text: `${MINIMAL}auth:\n  token: {realm: r, service: s, issuer: i, jwks: /j, signingalgorithms: [HS256]}`,
      problems: [expect.stringContaining('c.yml:4: auth.token.signingalgorithms: HS256 is none of ES256')],
    },
    {
      why: 'a certificate without key',
      text: `${MINIMAL}http:\n  tls:\n    certificate: /c`,
      problems: ['c.yml:4: http.tls.key: must be given, for certificate is'],
    },
    {
      why: 'Let’s Encrypt alone',
      text: `${MINIMAL}http:\n  tls:\n    letsencrypt: {email: a@b.c}`,
      problems: ['c.yml:5: http.tls.letsencrypt: is not supported: give certificate and key'],
    },
    {
      why: 'everything else at once',
      text: `${MINIMAL}http:
  addr: nowhere
  prefix: "a b"
  host: here
  headers: {"A B": [c]}
  tls: {certificate: c, key: k, minimumtls: ssl3, ciphersuites: [NONE]}
log: {level: loud}
notifications: {endpoints: [{name: n}, {name: n, url: "http://x"}]}
proxy: {remoteurl: ftp://x}
health: {http: [{uri: nowhere}]}
catalog: {maxentries: many}
validation: {manifests: {urls: {allow: ["("]}}}
`,
      problems: [
        'c.yml:4: http.addr: want host:port, found "nowhere"',
        'c.yml:5: http.prefix: want the beginning of a path, /registry/',
        'c.yml:6: http.host: want a URL, https://registry.example.com',
        'c.yml:8: http.tls.minimumtls: want one of tls1.0, tls1.1, tls1.2, tls1.3, found "ssl3"',
        'c.yml:8: http.tls.ciphersuites: NONE is not known: want names such as TLS_AES_128_GCM_SHA256',
        'c.yml:7: http.headers: "A B": not a header and its values (RFC 9110 §5)',
        expect.stringContaining('c.yml:9: log.level: want one of error'),
        'c.yml:12: health.http[0].uri: want a URL',
        'c.yml:10: notifications.endpoints[0].url: must be given',
        'c.yml:10: notifications.endpoints[1].name: n names another endpoint too',
        'c.yml:11: proxy.remoteurl: want a URL, https://registry.example.com',
        'c.yml:14: validation.manifests.urls.allow: "(" is no regular expression',
        expect.stringContaining('c.yml:13: catalog.maxentries: want a whole number'),
      ],
    },
  ])('with $why is refused, and says so', ({ text, problems }) => {
    let message = '';
    try {
      parse(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' });
      message = (error as Error).message;
    }
    expect(message.split('\n')).toEqual(problems);
  });

  test('says what has no effect', () => {
    const text = `${MINIMAL}middleware: {registry: [{name: x}]}
log: {hooks: [{type: mail}], reportcaller: true, loud: 1}
http: {debug: {prometheus: {enabled: true}}, h2c: {enabled: true}}
x-mine: {a: b}
`;
    expect(parse(text, { REGISTRY_HTTP_TIMEOUT: '3s' }).warnings).toEqual([
      'c.yml:3: middleware: has no effect: there is no such thing here',
      'c.yml:5: http.h2c: has no effect: this server speaks HTTP/1.1',
      'c.yml:5: http.debug.prometheus: has no effect without http.debug.addr',
      'c.yml:4: log.hooks: has no effect: there are none here',
      'c.yml:4: log.reportcaller: has no effect: events have names',
      'c.yml:6: x-mine: is not known, and has no effect',
      'REGISTRY_HTTP_TIMEOUT: http.timeout: is not known, and has no effect',
      'c.yml:4: log.loud: is not known, and has no effect',
    ]);
  });
});
