import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseImageReference, systemClock } from '../../src/core/index.ts';
import { configuredEndpoints, openEngine, parseRegistriesConfig } from '../../src/engine/index.ts';
import { type Listener, listen } from '../../src/http/index.ts';
import { type CertificateAndKey, createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { openRegistryClient } from '../../src/registry/client/index.ts';
import { createRegistry } from '../../src/registry/index.ts';
import { createMemoryDriver } from '../../src/storage/index.ts';
import { issueClientCertificate } from '../client-certificate.ts';
import { makeImage, putImage } from './image-fixture.ts';
import { drain } from './running-engine.ts';

const NAME = 'trustsandbox CA';
let folder: string;
let ca: CertificateAndKey;
let served: Listener;
let domain: string;

/** A registry over TLS that lets in only those who show a certificate. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registries-'));
  ca = createCertificateAuthority({ clock: systemClock, name: NAME });
  const tls = issueServerCertificate({ ca, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], clock: systemClock });
  const registry = createRegistry({ driver: createMemoryDriver() });
  await putImage(registry, 'test/one', 'latest', await makeImage(['a']));
  await putImage(registry, 'library/hubbed', 'latest', await makeImage(['b']));
  served = await listen(
    registry.app,
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
    { ...tls, clientCas: [ca.cert], clientAuth: 'require-and-verify-client-cert' },
  );
  domain = new URL(served.url).host;
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function certificates(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const place = join(folder, name, domain);
  await mkdir(place, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text);
  return join(folder, name);
}

async function pull(text: string, config: string, certs?: string) {
  const root = await mkdtemp(join(folder, 'store-'));
  const resolveRegistry = configuredEndpoints(parseRegistriesConfig(config), certs);
  const platform = { os: 'linux', architecture: 'amd64' };
  await using engine = await openEngine({ root, resolveRegistry, platform });
  return await drain(engine.pull(parseImageReference(text)));
}

test("a registry's folder of certificates vouches for it, and shows one of ours", async () => {
  const client = issueClientCertificate(ca, NAME);
  const certs = await certificates('whole', {
    'ca.crt': ca.cert,
    'client.cert': client.cert,
    'client.key': client.key,
  });
  expect((await pull(`${domain}/test/one`, '{}', certs)).error).toBeUndefined();
  expect((await pull(`${domain}/test/one`, '{}')).error).toBeDefined();
});

test('a certificate without its key is said to lack it', async () => {
  const certs = await certificates('half', { 'client.cert': 'x' });
  const { error } = await pull(`${domain}/test/one`, '{}', certs);
  expect(error).toMatchObject({
    code: 'ENGINE_REGISTRY_CERTIFICATES',
    message: expect.stringContaining('missing client.key'),
  });
});

test('a mirror is asked before Docker Hub', async () => {
  const client = issueClientCertificate(ca, NAME);
  const certs = await certificates('mirror', {
    'ca.crt': ca.cert,
    'client.cert': client.cert,
    'client.key': client.key,
  });
  const config = JSON.stringify({ 'registry-mirrors': [`https://${domain}/`] });
  expect((await pull('hubbed', config, certs)).events.at(-1)?.status).toMatch(/^Status: Downloaded/);
});

describe('insecure registries', () => {
  const urls = (config: object, name: string) =>
    configuredEndpoints(parseRegistriesConfig(JSON.stringify(config)))(name).map(({ baseUrl }) => baseUrl);

  test.each([
    ['by name', ['a:5000'], 'a:5000', true],
    ['by another name', ['a:5000'], 'b:5000', false],
    ['by their network', ['10.0.0.0/8'], '10.1.2.3:5000', true],
    ['outside of it', ['10.0.0.0/8'], '11.1.2.3:5000', false],
    ['on loopback', [], '127.0.0.1:5000', true],
  ])('%s', (_, insecure, name, isPlain) => {
    const expected = [`https://${name}`, ...(isPlain ? [`http://${name}`] : [])];
    expect(urls({ 'insecure-registries': insecure }, name)).toEqual(expected);
  });

  test.each([
    ['a mirror with a path', { 'registry-mirrors': ['https://a/b'] }],
    ['a mirror that is no URL', { 'registry-mirrors': ['a'] }],
    ['a name with a scheme', { 'insecure-registries': ['http://a'] }],
    ['no list', { 'insecure-registries': 'a' }],
  ])('%s is refused', (_, config) => {
    expect(() => parseRegistriesConfig(JSON.stringify(config))).toThrow(
      expect.objectContaining({ code: 'ENGINE_REGISTRIES_CONFIG' }),
    );
  });
});

test('what is outside is asked by a proxy, with its password, and what is on loopback directly', async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization']}`);
    response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  const config = { 'insecure-registries': ['registry.example:5000'] };
  const environment = { HTTP_PROXY: `http://user:p%40ss@127.0.0.1:${port}` };
  const resolve = configuredEndpoints(parseRegistriesConfig(JSON.stringify(config), environment));
  const [, plain] = resolve('registry.example:5000');
  await using client = await openRegistryClient({
    ...(plain ?? { baseUrl: '' }),
    credentials: undefined,
    userAgent: 'test',
  });
  await client.ping();
  expect(asked).toEqual([`GET http://registry.example:5000/v2/ Basic ${Buffer.from('user:p@ss').toString('base64')}`]);
  expect(resolve('127.0.0.1:5000').map(({ proxy }) => proxy)).toEqual([undefined, undefined]);
  proxy.closeAllConnections();
  proxy.close();
});
