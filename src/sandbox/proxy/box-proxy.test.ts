import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { networkNames } from '../network-names.ts';
import { type BoxProxy, startBoxProxy } from './box-proxy.ts';
import { parseAbsoluteForm, parseAuthority } from './destination.ts';

const SECRET = 'a-secret-of-this-test-and-no-other';
const server = createServer((incoming, outgoing) => {
  const asked = `${incoming.method} ${incoming.url} ${incoming.headers.host} ${incoming.headers['proxy-authorization']}`;
  incoming.on('data', (chunk) => outgoing.write(chunk)).on('end', () => outgoing.end(asked));
});
let port = 0;
let proxy: BoxProxy;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  const names = networkNames(() => [{ names: ['store'], address: '127.0.0.1', port, knownPort: 5000 }]);
  proxy = await startBoxProxy({
    secret: SECRET,
    findUser: (name) => (name === 'alice' ? { name, names } : undefined),
    isService: (host) => ['store', 'hidden'].includes(host),
  });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  server.close();
});

interface Asking {
  readonly user?: string;
  readonly secret?: string;
  readonly method?: string;
  readonly body?: string;
}

const credentials = ({ user = 'alice', secret = SECRET }: Asking) =>
  `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

/** Asks the proxy for a URL, as curl and Go do. */
function ask(url: string, asking: Asking = {}): Promise<{ status: number; phrase: string; text: string }> {
  const { hostname, port } = new URL(proxy.urlFor('alice'));
  const { method = 'GET', body } = asking;
  const headers = { host: 'store:5000', 'proxy-authorization': credentials(asking) };
  return new Promise((resolve, reject) => {
    const call = request({ host: hostname, port, method, path: url, headers, agent: false }, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, phrase: reply.statusMessage ?? '', text }));
    });
    call.once('error', reject);
    call.end(body);
  });
}

/** Asks for a connection, says `text` through it, and gives what comes. */
function tunnel(target: string, text: string, asking: Asking = {}): Promise<string> {
  const { hostname, port } = new URL(proxy.urlFor('alice'));
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let came = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      if (came === '' && part.startsWith('HTTP/1.1 200')) socket.write(text);
      came += part;
    });
    socket.once('error', reject).once('end', () => resolve(came));
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: ${credentials(asking)}\r\n\r\n`);
  });
}

test('an http URL leads to the service of that name, with what was said and nothing of the proxy', async () => {
  const reply = await ask('http://store:5000/v2/?n=1', { method: 'PUT', body: 'a body' });
  expect(reply).toMatchObject({ status: 200, text: 'a bodyPUT /v2/?n=1 store:5000 undefined' });
});

test('CONNECT leads there too, whatever is spoken then', async () => {
  const came = await tunnel('store:5000', 'GET /v2/ HTTP/1.0\r\nHost: store\r\n\r\n');
  expect(came).toMatch(
    /^HTTP\/1\.1 200 Connection established\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*GET \/v2\/ store undefined$/,
  );
});

test('what is no name of the sandbox leads where it does on this machine', async () => {
  expect(await ask(`http://127.0.0.1:${port}/x`)).toMatchObject({ status: 200 });
});

test.each([
  ['a service of other networks', 'http://hidden:5000/', {}, 403, 'alice shares no network with hidden'],
  ['no secret', 'http://store:5000/', { secret: 'another' }, 407, 'this proxy is for the boxes of a sandbox'],
  [
    'a box that is not there',
    'http://store:5000/',
    { user: 'mallory' },
    407,
    'this proxy is for the boxes of a sandbox',
  ],
  ['a path alone', '/v2/', {}, 400, 'want CONNECT name:port, or an http URL'],
  ['a place where nobody listens', 'http://127.0.0.1:1/', {}, 502, 'connect ECONNREFUSED 127.0.0.1:1'],
] as const)('%s is refused in words that clients show', async (_, url, asking, status, phrase) => {
  expect(await ask(url, asking)).toMatchObject({ status, phrase });
});

test.each([
  ['hidden:5000', {}, /^HTTP\/1\.1 403 alice shares no network with hidden\r\n/],
  ['store:5000', { secret: '' }, /^HTTP\/1\.1 407 .*\r\nProxy-Authenticate: Basic /],
  ['127.0.0.1:1', {}, /^HTTP\/1\.1 502 connect ECONNREFUSED 127\.0\.0\.1:1\r\n/],
] as const)('CONNECT %s with %j is refused', async (target, asking, expected) => {
  expect(await tunnel(target, '', asking)).toMatch(expected);
});

test.each([
  ['store:5000', { host: 'store', port: 5000 }],
  ['[::1]:443', { host: '::1', port: 443 }],
  ['store', undefined],
  ['store:0', undefined],
  ['store:65536', undefined],
  ['a@store:80', undefined],
  ['http://store:80', undefined],
])('the authority %s', (text, expected) => expect(parseAuthority(text)).toEqual(expected));

test.each([
  ['http://store/', { host: 'store', port: 80, path: '/' }],
  ['HTTP://store:5000', { host: 'store', port: 5000, path: '/' }],
  ['http://store?a=b', { host: 'store', port: 80, path: '/?a=b' }],
  ['http://[::1]:1/x', { host: '::1', port: 1, path: '/x' }],
  ['https://store/', undefined],
  ['/x', undefined],
])('the absolute form %s', (text, expected) => expect(parseAbsoluteForm(text)).toEqual(expected));
