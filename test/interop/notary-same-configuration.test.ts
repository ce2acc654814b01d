import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { NotaryClient } from '../../src/notary/client/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { issueClientCertificate } from '../client-certificate.ts';
import { publishNew } from '../notary/running-server.ts';
import { askRaw, askSecurely, BOTH_NOTARIES, type RawAnswer } from './peers/both-notaries.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

/** Debian's notary-server and ours are given the same file and the same environment: what a client sees is the same. */
const ADDRESS = { host: '127.71.14.1', port: 4443 };
const ca = createCertificateAuthority({ clock: systemClock });
const server = issueServerCertificate({ ca, dnsNames: ['notary'], ipAddresses: [ADDRESS.host], clock: systemClock });
const stranger = createCertificateAuthority({ clock: systemClock, name: 'stranger' });
const clients = [{}, issueClientCertificate(ca), issueClientCertificate(stranger, 'stranger')];
const token = createCertificateAuthority({ clock: systemClock, name: 'issuer' });
const GUN = 'example.com/team/app';
const of = (gun: string, rest: string): string => `/v2/${gun}/_trust/${rest}`;

type Ask = readonly [method: string, path: string, headers?: Readonly<Record<string, string>>];
const READS: readonly Ask[] = [
  ['GET', '/_notary_server/health'],
  ['GET', '/v2/'],
  ['GET', of(GUN, 'tuf/root.json')],
  ['GET', of('elsewhere.org/app', 'tuf/root.json')],
  ['GET', of(GUN, 'changefeed?records=1')],
  ['GET', '/v2/_trust/changefeed?records=1'],
  ['GET', '/nowhere'],
];
const WRITES: readonly Ask[] = [
  ['POST', of(GUN, 'tuf/')],
  ['POST', of('elsewhere.org/app', 'tuf/')],
  ['DELETE', of(GUN, 'tuf/')],
  ['DELETE', of('elsewhere.org/app', 'tuf/')],
];
const PUBLISHED: readonly Ask[] = ['root.json', '1.root.json', 'targets.json', '1.snapshot.json', 'timestamp.json'].map(
  (name) => ['GET', of(GUN, `tuf/${name}`)],
);

const BASE = {
  server: { http_addr: `${ADDRESS.host}:${ADDRESS.port}` },
  trust_service: { type: 'local' },
  storage: { backend: 'memory' },
  logging: { level: 'info' },
};
const TOKEN = {
  type: 'token',
  options: { realm: 'https://auth.example.com/token', service: 'notary', issuer: 'issuer', rootcertbundle: 'BUNDLE' },
};
const env = (variables: Record<string, string>) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [`NOTARY_SERVER_${name}`, value]));

interface Case {
  readonly what: string;
  readonly settings: object;
  readonly variables?: Readonly<Record<string, string>>;
  readonly asks: readonly Ask[];
  /** A collection is published first. */
  readonly isPublished?: boolean;
}

const PLAIN: readonly Case[] = [
  { what: 'the least', settings: {}, asks: [...READS, ...WRITES] },
  { what: 'a collection published', settings: {}, isPublished: true, asks: PUBLISHED },
  {
    what: 'other ages of caches',
    settings: { caching: { max_age: { current_metadata: 0, consistent_metadata: 31536000 } } },
    isPublished: true,
    asks: PUBLISHED,
  },
  {
    what: 'ages by the environment',
    settings: {},
    variables: { CACHING_MAX_AGE_CURRENT_METADATA: '7', CACHING_MAX_AGE_CONSISTENT_METADATA: '0' },
    isPublished: true,
    asks: PUBLISHED,
  },
  {
    what: 'prefixes',
    settings: { repositories: { gun_prefixes: ['example.com/', 'b.org/'] } },
    asks: [...READS, ...WRITES],
  },
  {
    what: 'prefixes by the environment',
    settings: {},
    variables: { REPOSITORIES_GUN_PREFIXES: 'example.com/ b.org/' },
    asks: WRITES,
  },
  {
    what: 'tokens',
    settings: { auth: TOKEN },
    asks: [...READS, ...WRITES, ['GET', of(GUN, 'tuf/root.json'), { authorization: 'Bearer a.b.c' }], ['HEAD', '/v2/']],
  },
  {
    what: 'tokens and prefixes',
    settings: { auth: TOKEN, repositories: { gun_prefixes: ['example.com/'] } },
    asks: [...READS, ...WRITES],
  },
  {
    what: 'a token service where the server is',
    settings: { auth: { type: 'token', options: { ...TOKEN.options, autoredirect: true } } },
    asks: [
      ['GET', '/v2/'],
      ['POST', of(GUN, 'tuf/')],
    ],
  },
  {
    what: 'what has no effect',
    settings: {
      reporting: { bugsnag: { api_key: '0123456789abcdef0123456789abcdef', release_stage: 'test' } },
      unknown: {},
    },
    variables: { STORAGE_TYPE: 'mysql', AUTH_OPTIONS_REALM: 'x' },
    asks: READS,
  },
];

describe('notary-server and ours given the same file', () => {
  test.each(PLAIN)('with $what answer the same', async ({ settings, variables = {}, asks, isPublished = false }) => {
    const seen: RawAnswer[][] = [];
    for (const start of BOTH_NOTARIES) {
      await using workspace = await createWorkspace();
      const config = await writeConfig(workspace, { ...BASE, ...settings });
      const isReady = async () => (await ask(['GET', '/_notary_server/health'])).status === 200;
      await using _ = await start(workspace, config, { env: env(variables), isReady });
      if (isPublished) {
        using client = new NotaryClient({ url: `http://${ADDRESS.host}:${ADDRESS.port}` });
        await publishNew(client, GUN);
      }
      const answers: RawAnswer[] = [];
      for (const each of asks) answers.push(await ask(each));
      seen.push(answers.map((answer) => (isPublished ? withoutKeys(answer) : answer)));
    }
    expect(seen[1]).toEqual(seen[0]);
  });

  test.each([
    { what: 'TLS', settings: {} },
    { what: 'certificates of clients', settings: { client_ca_file: 'ca.crt' } },
  ])('with $what answer the same', async ({ settings }) => {
    const seen: number[][] = [];
    for (const start of BOTH_NOTARIES) {
      await using workspace = await createWorkspace();
      const files = { tls_cert_file: 'server.crt', tls_key_file: './server.key' };
      const config = await writeConfig(workspace, { ...BASE, server: { ...BASE.server, ...files, ...settings } });
      const address = { ...ADDRESS, ca: ca.cert };
      const isReady = async () => (await askSecurely(address, '/v2/', clients[1])).status === 200;
      await using _ = await start(workspace, config, { isReady });
      const answers: number[] = [];
      for (const client of clients) answers.push((await askSecurely(address, '/v2/', client)).status);
      seen.push(answers);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual('client_ca_file' in settings ? [0, 200, 0] : [200, 200, 200]);
  });

  test.each([
    { what: 'no backend that is known', settings: { storage: { backend: 'oracle' } } },
    { what: 'half of TLS', settings: { server: { ...BASE.server, tls_cert_file: 'server.crt' } } },
    { what: 'a prefix without its slash', settings: { repositories: { gun_prefixes: ['example.com'] } } },
    { what: 'an age beyond a year', settings: { caching: { max_age: { current_metadata: 31536001 } } } },
    { what: 'a level that is none', settings: { logging: { level: 'loud' } } },
    { what: 'a signer of no algorithm', settings: { trust_service: { type: 'remote', hostname: 'h', port: '1' } } },
    {
      what: 'a bundle that is not there',
      settings: { auth: { type: 'token', options: { ...TOKEN.options, rootcertbundle: '/none' } } },
    },
  ])('with $what both end', async ({ settings }) => {
    for (const start of BOTH_NOTARIES) {
      await using workspace = await createWorkspace();
      const config = await writeConfig(workspace, { ...BASE, ...settings });
      await expect(start(workspace, config, { isReady: async () => false })).rejects.toThrow(/ended with 1/);
    }
  });
});

async function writeConfig(workspace: Workspace, settings: object): Promise<string> {
  await writeFile(workspace.at('server.crt'), server.cert);
  await writeFile(workspace.at('server.key'), server.key);
  await writeFile(workspace.at('ca.crt'), ca.cert);
  await writeFile(workspace.at('bundle.pem'), token.cert);
  const path = workspace.at('config.json');
  await writeFile(path, JSON.stringify(settings, null, '\t').replace('BUNDLE', workspace.at('bundle.pem')));
  return path;
}

async function ask([method, path, headers = {}]: Ask): Promise<RawAnswer> {
  const lines = Object.entries({ host: 'notary', connection: 'close', 'content-length': '0', ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const { body, ...answer } = await askRaw(ADDRESS, `${method} ${path} HTTP/1.1\r\n${head}\r\n`);
  const { 'www-authenticate': challenge, ...others } = answer.headers;
  const shown = challenge === undefined ? others : { ...others, 'www-authenticate': sortedScope(challenge) };
  return { ...answer, headers: shown, body: sortedDetail(body) };
}

function sortedScope(challenge: string): string {
  return challenge.replace(/:([a-z*]+(?:,[a-z*]+)+)"/, (_, actions: string) => `:${actions.split(',').sort().join()}"`);
}

/** Go writes what a token must allow in the order that its maps have. */
function sortedDetail(body: string): string {
  if (!body.startsWith('{"errors":[{"code":"UNAUTHORIZED"')) return body;
  const [error] = JSON.parse(body).errors;
  return JSON.stringify({ ...error, detail: error.detail?.map((each: object) => JSON.stringify(each)).sort() });
}

/** Keys are another each time; what is left is how the file is served. */
function withoutKeys({ headers, status, body }: RawAnswer): RawAnswer {
  return {
    status,
    headers: { ...headers, 'last-modified': headers['last-modified']?.replace(/[\d:]{8}/, '') ?? '' },
    body: body.slice(0, 10),
  };
}
