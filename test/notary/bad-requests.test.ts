import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from './running-server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ maxUploadBytes: 10_000 });
});
afterAll(() => server[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
}

function send(
  method: string,
  path: string,
  body?: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          code: text.startsWith('{"errors"') ? JSON.parse(text).errors[0].code : undefined,
        });
      });
    });
    sent.on('error', reject).end(body);
  });
}

const BOUNDARY = { 'content-type': 'multipart/form-data; boundary=b' };
const part = (head: string, content: string) => `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`;
const file = (name: string, content: string) =>
  part(`Content-Disposition: form-data; name="files"; filename="${name}"`, content);
const upload = (body: Buffer | string, headers: Record<string, string> = BOUNDARY) =>
  send('POST', '/v2/a/b/_trust/tuf/', body, headers);

describe('an upload is refused', () => {
  test.each<[string, string | Buffer, string, Record<string, string>?]>([
    ['without content type', 'x', 'MALFORMED_UPLOAD', {}],
    ['of another type', '{}', 'MALFORMED_UPLOAD', { 'content-type': 'application/json' }],
    ['without boundary', '--b--', 'MALFORMED_UPLOAD', { 'content-type': 'multipart/form-data' }],
    [
      'with an endless boundary',
      '--b--',
      'MALFORMED_UPLOAD',
      { 'content-type': `multipart/form-data; boundary=${'b'.repeat(71)}` },
    ],
    ['without body', '', 'MALFORMED_UPLOAD'],
    ['that is noise', Buffer.from([0, 255, 13, 10]), 'MALFORMED_UPLOAD'],
    ['that is cut off', '--b\r\nContent-Disposition: form-data; filename="root"\r\n\r\n{', 'MALFORMED_UPLOAD'],
    ['that is cut off in a header', '--b\r\nContent-Dispo', 'MALFORMED_UPLOAD'],
    ['with a header that is none', '--b\r\nnonsense\r\n\r\n{}\r\n--b--', 'MALFORMED_UPLOAD'],
    ['with more than the server takes', Buffer.alloc(10_001), 'MALFORMED_UPLOAD'],
    ['with a part without headers', '--b\r\n\r\n{}\r\n--b--\r\n', 'NO_FILENAME'],
    ['without file name', part('Content-Disposition: form-data; name="files"', '{}'), 'NO_FILENAME'],
    ['with an empty file name', file('', '{}'), 'NO_FILENAME'],
    ['for no role', file('foo', '{}'), 'INVALID_ROLE'],
    ['for a role that climbs', file('targets/../root', '{}'), 'INVALID_ROLE'],
    ['for a role named like a property', file('__proto__', '{}'), 'INVALID_ROLE'],
    ['that is no JSON', file('root', '{nope'), 'MALFORMED_JSON'],
    ['that is an array', file('root', '[]'), 'MALFORMED_JSON'],
    ['whose signed part is text', file('root', '{"signed":"x"}'), 'MALFORMED_JSON'],
    ['whose version is text', file('root', '{"signed":{"version":"1"}}'), 'MALFORMED_JSON'],
    ['whose version is no safe integer', file('root', '{"signed":{"version":9007199254740993}}'), 'MALFORMED_JSON'],
    ['whose date is none', file('root', '{"signed":{"expires":"soon"}}'), 'MALFORMED_JSON'],
    ['whose signature is no base64', file('root', '{"signed":{},"signatures":[{"sig":"?"}]}'), 'MALFORMED_JSON'],
    ['with a member twice', file('root', '{"signed":{},"signed":{}}'), 'MALFORMED_JSON'],
    ['that nests without end', file('root', `${'['.repeat(3000)}`), 'MALFORMED_JSON'],
    ['that is no UTF-8', Buffer.from(file('root', '{"signed":{"a":"\xff"}}'), 'latin1'), 'MALFORMED_JSON'],
    [
      'with more signatures than it takes time to check',
      file('root', `{"signed":{"version":1},"signatures":[${Array(1001).fill('{}').join()}]}`),
      'MALFORMED_JSON',
    ],
    ['that is empty of meaning', file('root', '{}'), 'INVALID_UPDATE'],
    ['whose keys are no object', file('root', '{"signed":{"version":1,"keys":[]}}'), 'INVALID_UPDATE'],
    ['of targets before any root', file('targets', '{"signed":{"version":1}}'), 'INVALID_UPDATE'],
    ['of nothing for an unknown collection', '--b--\r\n', 'INVALID_UPDATE'],
  ])('%s', async (_, body, code, headers) => {
    expect(await upload(body, headers)).toEqual({ status: 400, code });
  });

  test.each(['/v2/a%00b/_trust/tuf/', '/v2/a%0Ab/_trust/tuf/', `/v2/${'a'.repeat(256)}/_trust/tuf/`])(
    'under the name in %s',
    async (path) => {
      expect(await send('POST', path, '--b--\r\n', BOUNDARY)).toEqual({ status: 400, code: 'INVALID_GUN' });
    },
  );

  test('and the server goes on when the sender dies in the middle', async () => {
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /v2/a/b/_trust/tuf/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n');
    socket.write('Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.destroy();
    expect(await upload('--b--\r\n')).toEqual({ status: 400, code: 'INVALID_UPDATE' });
  });
});

test('an answer repeats what it refuses in UTF-8', async () => {
  const response = await fetch(`${server.url}/v2/a/b/_trust/tuf/`, {
    method: 'POST',
    headers: BOUNDARY,
    body: file('rôle✓', '{}'),
  });
  expect(await response.json()).toMatchObject({ errors: [{ code: 'INVALID_ROLE', detail: 'rôle✓' }] });
});

test.each([
  ['/v2/a/b/_trust/tuf/Root.json', 404],
  ['/v2/a/b/_trust/tuf/root.json.json', 404],
  ['/v2/a/b/_trust/tuf/targets/A.json', 404],
  ['/v2/a/b/_trust/tuf/99999999999999999999.root.json', 404],
  ['/v2/a/b/_trust/tuf/-1.root.json', 404],
  ['/v2/a/b/_trust/tuf/%ff.json', 404],
  ['/v2/%zz/_trust/tuf/root.json', 400],
  ['/v2/a%00b/_trust/tuf/root.json', 404],
  [`/v2/${'a'.repeat(300)}/_trust/tuf/timestamp.json`, 404],
  [`/v2/a${'/_trust/tuf/targets/a'.repeat(1400)}`, 404],
  [`/v2/_trust/changefeed/${'x'.repeat(2000)}`, 404],
  [`/v2/${'a'.repeat(300)}/_trust/tuf/timestamp.key`, 404],
  ['/v2/a/b/_trust/changefeed?records=99999999999', 400],
  ['/v2/a/b/_trust/changefeed?records=1.5', 400],
  ['/v2/a/b/_trust/changefeed?records=1&change_id=99999999999', 400],
  [`/v2/a${'/_trust/tuf/targets'.repeat(1000)}.json`, 404],
  ['/v2/../etc/passwd', 301],
])('GET %s is answered %i', async (path, status) => {
  expect((await send('GET', path)).status).toBe(status);
});

test.each(['PATCH', 'OPTIONS', 'PUT', 'HEAD'])('%s of metadata is not supported', async (method) => {
  const expected = ['PATCH', 'OPTIONS'].includes(method) ? 405 : 404;
  expect((await send(method, '/v2/a/b/_trust/tuf/root.json')).status).toBe(expected);
});
