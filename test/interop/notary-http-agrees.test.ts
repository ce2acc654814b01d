import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Started } from '../../src/core/index.ts';
import { askRaw, BOTH_NOTARIES } from './peers/both-notaries.ts';
import { createWorkspace } from './peers/workspace.ts';

/** Bytes sent to notary-server and to ours: what comes back is the same. */
const HOST = '127.71.15.1';
const PORTS = [4443, 4444] as const;
const [theirs, ours] = PORTS.map((port) => ({ host: HOST, port }));
const NOWHERE = { host: '', port: 0 };
let started: AsyncDisposable;

beforeAll(async () => {
  const running = new Started();
  for (const [index, start] of BOTH_NOTARIES.entries()) {
    const workspace = running.add(await createWorkspace());
    const server = { http_addr: `${HOST}:${PORTS[index]}` };
    const settings = { server, trust_service: { type: 'local' }, storage: { backend: 'memory' } };
    await writeFile(workspace.at('config.json'), JSON.stringify(settings));
    const isReady = async () => (await fetch(`http://${server.http_addr}/_notary_server/health`)).status === 200;
    running.add(await start(workspace, workspace.at('config.json'), { isReady }));
  }
  started = running;
});
afterAll(() => started[Symbol.asyncDispose]());

const TUF = '/v2/example.com/app/_trust/tuf';
const CLOSE = 'Host: notary\r\nConnection: close\r\n';
const bare = (method: string, path: string, headers = ''): string =>
  `${method} ${path} HTTP/1.1\r\n${CLOSE}${headers}\r\n`;

/** An upload of files by name, as the body of a form. */
function form(files: readonly (readonly [name: string, content: string])[], parameter = 'filename'): string {
  const parts = files.map(
    ([name, content]) =>
      `--B\r\nContent-Disposition: form-data; name="files"; ${parameter}="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n`,
  );
  return `${parts.join('')}--B--\r\n`;
}

function post(body: string, type = 'multipart/form-data; boundary=B', path = `${TUF}/`): string {
  return `POST ${path} HTTP/1.1\r\n${CLOSE}Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function postChunked(body: string): string {
  const chunks = body.match(/.{1,7}/gs) ?? [];
  const coded = chunks.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`).join('');
  return `POST ${TUF}/ HTTP/1.1\r\n${CLOSE}Content-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n\r\n${coded}0\r\n\r\n`;
}

const HASH = 'a'.repeat(64);
const META =
  '{"signed":{"_type":"Targets","version":1,"expires":"2030-01-01T00:00:00Z","targets":{},"delegations":{"keys":{},"roles":[]}},"signatures":[]}';

const PATHS: readonly string[] = [
  ...[
    '/',
    '/v2',
    '/v2/',
    '/v2//',
    '/v2/?x=1',
    '/metrics/',
    '/_notary_server/health/',
    '/_notary_server',
    '/v2/_trust/tuf/root.json',
  ],
  ...['root', 'root.json', 'targets.json', 'snapshot.json', 'timestamp.json', 'other.json', 'Root.json'].map(
    (at) => `${TUF}/${at}`,
  ),
  ...[
    'targets/a.json',
    'targets/a/b.json',
    'targets/A.json',
    'targets/.json',
    'targets/a%20b.json',
    'targets/a%2Fb.json',
  ].map((at) => `${TUF}/${at}`),
  ...[
    `root.${HASH}.json`,
    `root.${HASH.toUpperCase()}.json`,
    `root.${HASH}${HASH}.json`,
    'root.abc.json',
    `x.${HASH}.json`,
  ].map((at) => `${TUF}/${at}`),
  ...[
    '0.root.json',
    '1.root.json',
    '01.root.json',
    '-1.root.json',
    '99999999999999999999.root.json',
    '1.2.root.json',
  ].map((at) => `${TUF}/${at}`),
  ...['1.targets/a.json', `targets/a.${HASH}.json`, 'root.key', 'targets.key', 'timestamp.key/', 'key'].map(
    (at) => `${TUF}/${at}`,
  ),
  ...[
    '/v2/a*b/_trust/tuf/root.json',
    '/v2/a//b/_trust/tuf/root.json',
    '/v2/a/../b/_trust/tuf/root.json',
    '/v2/a/./b/_trust/tuf/root.json',
  ],
  ...[
    '/v2/%61/_trust/tuf/root.json',
    '/v2/a%2Fb/_trust/tuf/root.json',
    '/v2/%2e%2e/_trust/tuf/root.json',
    '/v2/a%20b/_trust/tuf/root.json',
  ],
  ...[
    '/v2/%zz/_trust/tuf/root.json',
    '/v2/%/_trust/tuf/root.json',
    '/v2/a%00b/_trust/tuf/root.json',
    '/v2/%ff/_trust/tuf/root.json',
  ],
  ...[
    '/v2/a/_trust/tuf/_trust/tuf/root.json',
    '/v2/A/_trust/tuf/root.json',
    `/v2/${'a'.repeat(300)}/_trust/tuf/root.json`,
  ],
  ...[
    '',
    '?records=0',
    '?records=1',
    '?records=-1',
    '?records=x',
    '?records=1&change_id=x',
    '?records=1&change_id=-1',
    '?records=1.5',
  ].map((query) => `/v2/_trust/changefeed${query}`),
  ...['?records=1&change_id=5', '?records=+1', '?records=99999999999', '?records=1&records=2', '?change_id=1'].map(
    (query) => `/v2/_trust/changefeed${query}`,
  ),
  ...['?records=1', '?records=1&change_id=1', '/'].map((query) => `/v2/example.com/app/_trust/changefeed${query}`),
];

const UPLOADS: readonly (readonly [what: string, sent: string])[] = [
  ['no body', bare('POST', `${TUF}/`, 'Content-Length: 0\r\n')],
  ['no content type', `POST ${TUF}/ HTTP/1.1\r\n${CLOSE}Content-Length: 2\r\n\r\n{}`],
  ['a body of JSON', post('{}', 'application/json')],
  ['a form without boundary', post('{}', 'multipart/form-data')],
  ['another kind of multipart', post(form([['root', '{}']]), 'multipart/mixed; boundary=B')],
  ['no parts', post('--B--\r\n')],
  ['a part without a name', post(form([['', '{}']]))],
  ['a part whose name is elsewhere', post(form([['root', '{}']], 'other'))],
  ['a role that is none', post(form([['other', META]]))],
  ['a role with a capital', post(form([['Targets', META]]))],
  ['a delegation with a capital', post(form([['targets/A', META]]))],
  ['a role that climbs', post(form([['../root', META]]))],
  ['a role in a folder', post(form([['folder/root', META]]))],
  ['a role with .json', post(form([['targets.json', META]]))],
  ['a role with .json twice', post(form([['targets.json.json', META]]))],
  ['a role with folders', post(form([['targets/a/b', META]]))],
  ['text that is not JSON', post(form([['root', 'x']]))],
  ['JSON cut off', post(form([['root', META.slice(0, 50)]]))],
  ['JSON that is no envelope', post(form([['root', '[]']]))],
  ['an empty object', post(form([['root', '{}']]))],
  ['a part of no bytes', post(form([['root', '']]))],
  ['targets and no root', post(form([['targets', META]]))],
  [
    'the same role twice',
    post(
      form([
        ['targets', META],
        ['targets', META],
      ]),
    ),
  ],
  [
    'a role that is none after one that is',
    post(
      form([
        ['targets', META],
        ['other', META],
      ]),
    ),
  ],
  [
    'no JSON after a role that is none',
    post(
      form([
        ['other', META],
        ['root', 'x'],
      ]),
    ),
  ],
  ['chunks', postChunked(form([['targets', META]]))],
  ['chunks of no form', postChunked('hello, world')],
  ['a GUN with a space', post(form([['targets', META]]), undefined, '/v2/a%20b/_trust/tuf/')],
  ['a snapshot alone', post(form([['snapshot', META.replace('Targets', 'Snapshot')]]))],
  ['a timestamp alone', post(form([['timestamp', META.replace('Targets', 'Timestamp')]]))],
];

/** Where ours is another, on purpose: `docs/wire/notary-v1.md`, "Where our server departs". */
const DIFFERENT: ReadonlySet<string> = new Set([
  `${TUF}/99999999999999999999.root.json`, // Go's error shows in the detail
  '/v2/_trust/changefeed?records=-1', // the original drops the connection
  'chunks of no form', // here too
]);

describe('notary-server and ours', () => {
  test.each(PATHS.filter((path) => !DIFFERENT.has(path)))('answer GET %s the same', async (path) => {
    expect(await askRaw(ours ?? NOWHERE, bare('GET', path))).toEqual(
      await askRaw(theirs ?? NOWHERE, bare('GET', path)),
    );
  });

  const methods = ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].flatMap((method) =>
    [
      '/v2/',
      `${TUF}/root.json`,
      `${TUF}/none.key`,
      '/v2/_trust/changefeed',
      '/_notary_server/health',
      '/metrics',
      '/nowhere',
    ].map((path) => ({ method, path })),
  );
  test.each(methods)('answer $method $path the same', async ({ method, path }) => {
    const sent = bare(method, path, 'Content-Length: 0\r\n');
    expect(await askRaw(ours ?? NOWHERE, sent)).toEqual(await askRaw(theirs ?? NOWHERE, sent));
  });

  test.each(UPLOADS.filter(([what]) => !DIFFERENT.has(what)))('answer an upload of %s the same', async (_, sent) => {
    expect(await askRaw(ours ?? NOWHERE, sent)).toEqual(await askRaw(theirs ?? NOWHERE, sent));
  });

  test('show the same metrics, by the same names and labels', async () => {
    const [theirMetrics, ourMetrics] = await Promise.all(
      [theirs, ours].map(async (address) => (await askRaw(address ?? NOWHERE, bare('GET', '/metrics'))).body),
    );
    expect(namesIn(ourMetrics ?? '')).toEqual(namesIn(theirMetrics ?? ''));
  });
});

/** Of what the server measures itself: `# TYPE` lines, and names with labels but for the values. */
function namesIn(metrics: string): string[] {
  const lines = metrics.split('\n').filter((line) => /^(# (TYPE|HELP) )?notary_server_/.test(line));
  const named = lines.map((line) => (line.startsWith('#') ? line : line.replace(/ [^ ]+$/, '')));
  return named.filter((line) => !line.includes('requests_total{')).sort(); // counted by what was asked of each
}
