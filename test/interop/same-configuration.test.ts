import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { digestOf, systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { startOurServer } from './peers/our-program.ts';
import { type PeerServer, startServer } from './peers/server.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** Debian's docker-registry and ours are given the same file and the same environment: what a client sees is the same. */
const HOST = '127.71.8.1';
const PORT = 5000;
const ca = createCertificateAuthority({ clock: systemClock });
const server = issueServerCertificate({ ca, dnsNames: ['registry'], ipAddresses: [HOST], clock: systemClock });
const token = createCertificateAuthority({ clock: systemClock, name: 'issuer' });
const blob = digestOf('hello');

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
const get = (path: string, headers: Record<string, string> = {}): Ask => ({ method: 'GET', path, headers });
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

interface Case {
  readonly what: string;
  readonly config: string;
  readonly isTls?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly asks: readonly Ask[];
}

const STORAGE = 'storage: {filesystem: {rootdirectory: DATA}, delete: {enabled: true}}';
const HTTP = `http: {addr: "${HOST}:${PORT}"}`;
const TOKEN =
  'realm: https://auth.example.com/token, service: registry.example.com, issuer: issuer, rootcertbundle: BUNDLE';
const WRITES: readonly Ask[] = [
  { method: 'POST', path: '/v2/a/b/blobs/uploads/' },
  { method: 'POST', path: `/v2/a/b/blobs/uploads/?mount=${blob}&from=c/d` },
  { method: 'PUT', path: '/v2/a/b/manifests/latest', body: '{}' },
  { method: 'DELETE', path: `/v2/a/b/manifests/${blob}` },
  { method: 'DELETE', path: `/v2/a/b/blobs/${blob}` },
];

const CASES: readonly Case[] = [
  {
    what: 'nothing but storage and address',
    config: `${STORAGE}\n${HTTP}`,
    asks: [get('/v2/'), get('/v2/_catalog'), get('/v2/a/tags/list'), get(`/v2/a/blobs/${blob}`)],
  },
  {
    what: 'deletion off',
    config: `storage: {filesystem: {rootdirectory: DATA}}\n${HTTP}`,
    asks: WRITES.slice(3),
  },
  {
    what: 'maintenance',
    config: `storage: {filesystem: {rootdirectory: DATA}, delete: {enabled: true}, maintenance: {readonly: {enabled: true}}}\n${HTTP}`,
    asks: [get('/v2/'), ...WRITES],
  },
  {
    what: 'maintenance by the environment',
    config: `${STORAGE}\n${HTTP}`,
    env: { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled": true}' },
    asks: WRITES,
  },
  {
    what: 'storage in memory by the environment',
    config: HTTP,
    env: { REGISTRY_STORAGE: 'inmemory' },
    asks: [get('/v2/'), get('/v2/_catalog'), ...WRITES.slice(3)],
  },
  {
    what: 'htpasswd',
    config: `${STORAGE}\n${HTTP}\nauth: {htpasswd: {realm: basic-realm, path: HTPASSWD}}`,
    asks: [
      get('/v2/'),
      get('/v2/', basic('alice', 'secret')),
      get('/v2/', basic('alice', 'guess')),
      get('/v2/', basic('mallory', 'secret')),
      get('/v2/', basic('carol', 'sha-is-not-taken')),
      get('/v2/', { authorization: 'Bearer x' }),
      get('/v2/a/tags/list'),
      get('/v2/_catalog'),
      get('/v2/_catalog', basic('alice', 'secret')),
      ...WRITES,
    ],
  },
  {
    what: 'htpasswd by the environment',
    config: `${STORAGE}\n${HTTP}`,
    env: { REGISTRY_AUTH: 'htpasswd', REGISTRY_AUTH_HTPASSWD_REALM: 'r', REGISTRY_AUTH_HTPASSWD_PATH: 'HTPASSWD' },
    asks: [get('/v2/'), get('/v2/', basic('alice', 'secret'))],
  },
  {
    what: 'token',
    config: `${STORAGE}\n${HTTP}\nauth: {token: {${TOKEN}}}`,
    asks: [
      get('/v2/'),
      get('/v2/', { authorization: 'Bearer abc' }),
      get('/v2/', basic('alice', 'secret')),
      get('/v2/_catalog'),
      get('/v2/a/b/tags/list'),
      get('/v2/a/b/manifests/latest', { authorization: 'Bearer a.b.c' }),
      get('/nowhere'),
      ...WRITES,
    ],
  },
  {
    what: 'a token service where the registry is',
    config: `${STORAGE}\n${HTTP}\nauth: {token: {${TOKEN}, autoredirect: true}}`,
    asks: [get('/v2/'), get('/v2/a/b/tags/list')],
  },
  {
    what: 'headers',
    config: `${STORAGE}\nhttp: {addr: "${HOST}:${PORT}", headers: {X-Test: [a, b], X-Content-Type-Options: [nosniff]}}`,
    asks: [get('/v2/'), get('/v2/a/tags/list')],
  },
  {
    what: 'a limit of the catalog',
    config: `${STORAGE}\n${HTTP}\ncatalog: {maxentries: 2}`,
    asks: ['', '?n=0', '?n=1', '?n=2', '?n=3', '?n=abc', '?n=-1'].map((query) => get(`/v2/_catalog${query}`)),
  },
  {
    what: 'a prefix',
    config: `${STORAGE}\nhttp: {addr: "${HOST}:${PORT}", prefix: /hub/}`,
    asks: [get('/hub/v2/'), get('/v2/'), { method: 'POST', path: '/hub/v2/a/blobs/uploads/' }],
  },
  {
    what: 'a host',
    config: `${STORAGE}\nhttp: {addr: "${HOST}:${PORT}", host: "https://registry.example.com"}`,
    asks: [{ method: 'POST', path: '/v2/a/blobs/uploads/' }],
  },
  {
    what: 'relative URLs',
    config: `${STORAGE}\nhttp: {addr: "${HOST}:${PORT}", relativeurls: true}`,
    asks: [{ method: 'POST', path: '/v2/a/blobs/uploads/' }],
  },
  {
    what: 'TLS',
    isTls: true,
    config: `${STORAGE}\nhttp: {addr: "${HOST}:${PORT}", tls: {certificate: CERT, key: KEY}}`,
    asks: [get('/v2/'), { method: 'POST', path: '/v2/a/blobs/uploads/' }],
  },
];

describe('docker-registry and ours given the same file', () => {
  test.each(CASES)('with $what answer the same', async ({ config, env = {}, asks, isTls = false }) => {
    const seen = [];
    for (const start of [startTheirs, startOurs]) {
      await using workspace = await createWorkspace();
      const fill = await files(workspace);
      const path = workspace.at('config.yml');
      await writeFile(path, `version: 0.1\nlog: {level: warn}\n${fill(config)}\n`);
      const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
      await using _ = await start(workspace, path, filled, isTls);
      const answers = [];
      for (const each of asks) answers.push(await answerTo(each, isTls));
      seen.push(answers);
    }
    expect(seen[1]).toEqual(seen[0]);
  });
});

async function files(workspace: Workspace): Promise<(text: string) => string> {
  const users = [`alice:${hashSync('secret', 5).replace('$2b$', '$2y$')}`, 'carol:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ='];
  await writeFile(workspace.at('htpasswd'), `# users\n\n${users.join('\n')}\n`);
  await writeFile(workspace.at('server.crt'), server.cert);
  await writeFile(workspace.at('server.key'), server.key);
  await writeFile(workspace.at('bundle.pem'), token.cert);
  const names = { DATA: 'data', HTPASSWD: 'htpasswd', CERT: 'server.crt', KEY: 'server.key', BUNDLE: 'bundle.pem' };
  return (text) =>
    Object.entries(names).reduce((filled, [word, name]) => filled.replaceAll(word, workspace.at(name)), text);
}

type Start = (workspace: Workspace, config: string, env: Record<string, string>, isTls: boolean) => Promise<PeerServer>;

const startTheirs: Start = (workspace, config, env, isTls) =>
  startServer('docker-registry', ['serve', config], {
    logFile: workspace.at('theirs.log'),
    env: { HOME: workspace.path, ...env },
    isReady: () => isUp(isTls),
  });

const startOurs: Start = (workspace, config, env, isTls) =>
  startOurServer(workspace, 'registry', config, { isReady: () => isUp(isTls), env });

async function isUp(isTls: boolean): Promise<boolean> {
  return (await answerTo(get('/'), isTls)).status > 0;
}

/** What a client sees that does not differ from start to start. */
interface Seen {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Ours says `X-Content-Type-Options: nosniff` whether told to or not. */
const HEADERS = ['www-authenticate', 'docker-distribution-api-version', 'location', 'x-test'];

function answerTo({ method, path, headers = {}, body }: Ask, isTls: boolean): Promise<Seen> {
  const options = { host: HOST, port: PORT, method, path, headers, agent: false, ca: ca.cert };
  return new Promise((resolve, reject) => {
    const sent = (isTls ? secureRequest : request)(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const shown = HEADERS.map((name) => [name, withoutIds(response.headers[name])]);
        // Refused methods are told in plain text there, in the API's own form here.
        const text = response.statusCode === 405 ? '' : sortedActions(String(Buffer.concat(chunks)));
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(shown), body: text });
      });
    });
    sent.on('error', reject).end(body);
  });
}

/** Upload ids and states are random; Go writes the actions and resources of a scope in the order its maps have. */
function withoutIds(value: string | string[] | undefined): string | undefined {
  return String(value ?? '')
    .replace(/uploads\/[0-9a-f-]{36}/, 'uploads/ID')
    .replace(/_state=[^&]*/, '_state=S')
    .replace(/scope="([^"]*)"/, (_, scope: string) => `scope="${scope.split(' ').map(sortedScope).sort().join(' ')}"`);
}

function sortedScope(scope: string): string {
  const [type, name, actions = ''] = scope.split(':');
  return [type, name, actions.split(',').sort().join(',')].join(':');
}

function sortedActions(body: string): string {
  if (!body.startsWith('{"errors":[{"code":"UNAUTHORIZED"')) return body;
  const [error] = JSON.parse(body).errors;
  return JSON.stringify({ ...error, detail: error.detail?.map((each: object) => JSON.stringify(each)).sort() });
}
