import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { openEngine, parseRegistriesConfig } from '../../src/engine/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { makeTar } from './image-fixture.ts';
import { type RunningEngine, startEngine } from './running-engine.ts';

async function serve(
  listener: RequestListener,
  onConnect?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(listener);
  if (onConnect) server.on('connect', onConnect);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function importFrom({ client }: RunningEngine, source: string): Promise<string> {
  const query = { fromSrc: source, repo: 'mine' };
  return await client.connection.text({ method: 'POST', path: '/images/create', query });
}

describe('an import of a URL', () => {
  test('is asked of the proxy that pulls are asked of, redirects too', async () => {
    const asked: string[] = [];
    const archive = await makeTar({ a: 'hello' });
    await using proxy = await serve((request, response) => {
      asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
      if (request.url?.endsWith('/old')) response.writeHead(302, { location: '/rootfs.tar' }).end();
      else response.end(archive);
    });
    const environment = { HTTP_PROXY: `http://user:p%40ss@127.0.0.1:${proxy.port}` };
    await using running = await startEngine({ registries: parseRegistriesConfig('{}', environment) });
    expect(await importFrom(running, 'files.example/old')).toMatch(/^\{"status":"sha256:/);
    const user = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(asked).toEqual([`http://files.example/old ${user}`, `http://files.example/rootfs.tar ${user}`]);
  });

  test('is asked directly on loopback, whatever the proxy', async () => {
    const archive = await makeTar({ a: 'hello' });
    await using server = await serve((_, response) => void response.end(archive));
    const registries = parseRegistriesConfig('{}', { HTTP_PROXY: 'http://127.0.0.1:1' });
    await using running = await startEngine({ registries });
    expect(await importFrom(running, `127.0.0.1:${server.port}/a`)).toMatch(/^\{"status":"sha256:/);
  });

  test.each([
    ['what is not there', 404, {}, 'got HTTP status code 404'],
    ['a ring of redirects', 302, { location: '/again' }, 'stopped after 10 redirects'],
    ['a redirect to a file', 302, { location: 'file:///etc/passwd' }, 'got HTTP status code 302'],
  ])('that is %s leaves nothing', async (_, status, headers, reason) => {
    await using server = await serve((_request, response) => void response.writeHead(status, headers).end('x'));
    await using running = await startEngine();
    await expect(importFrom(running, `127.0.0.1:${server.port}/a`)).rejects.toThrow(reason);
    expect(await running.storedFiles()).toEqual([]);
  });

  test('that nobody answers says what happened', async () => {
    await using running = await startEngine();
    await expect(importFrom(running, '127.0.0.1:1/a')).rejects.toThrow(
      'failed to download http://127.0.0.1:1/a: connect ECONNREFUSED 127.0.0.1:1',
    );
  });
});

test('Docker Hub is searched by the name of its index, after what stands in for it', async () => {
  const asked: string[] = [];
  const hub =
    (name: string): RequestListener =>
    (request, response) => {
      asked.push(`${name}: ${request.headers.host}${request.url}`);
      response.setHeader('content-type', 'application/json');
      const results = name === 'hub' ? [{ name: 'nginx', star_count: 3, is_official: true }] : [];
      response.end(JSON.stringify(request.url?.startsWith('/v1/search') ? { results } : {}));
    };
  const ca = createCertificateAuthority({ clock: systemClock, name: 'hub' });
  const tls = issueServerCertificate({ ca, dnsNames: ['index.docker.io'], ipAddresses: [], clock: systemClock });
  const real = createTlsServer(tls, hub('hub')).listen(0, '127.0.0.1');
  await once(real, 'listening');
  const { port } = real.address() as AddressInfo;
  await using standIn = await serve(hub('stand-in'));
  const root = await mkdtemp(join(tmpdir(), 'searched-'));
  await using engine = await openEngine({
    root,
    resolveRegistry: () => [
      { baseUrl: `http://127.0.0.1:${standIn.port}`, pullOnly: true },
      { baseUrl: 'https://registry-1.docker.io', connectTo: { host: '127.0.0.1', port }, ca: ca.cert },
    ],
  });
  const hits = await engine.search({ term: 'nginx', limit: 5, credentials: undefined });
  expect(hits.map(({ name }) => name)).toEqual(['nginx']);
  expect(asked.filter((line) => line.includes('search'))).toEqual([
    `stand-in: 127.0.0.1:${standIn.port}/v1/search?q=nginx&n=5`,
    'hub: index.docker.io/v1/search?q=nginx&n=5',
  ]);
  real.closeAllConnections();
  real.close();
  await rm(root, { recursive: true, force: true });
});

test('a proxy that hangs up is asked once', async () => {
  let asked = 0;
  await using proxy = await serve(
    () => undefined,
    (_request, socket) => {
      asked += 1;
      socket.destroy();
    },
  );
  const registries = parseRegistriesConfig('{}', { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
  await using running = await startEngine({ registries });
  await expect(importFrom(running, 'https://files.example/a')).rejects.toThrow('the proxy closed the connection');
  expect(asked).toBe(1);
});
