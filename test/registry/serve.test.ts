import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { afterAll, describe, expect, test } from 'vitest';
import { digestOf, type Log, systemClock } from '../../src/core/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { parseConfig, type ServedRegistry, serveRegistry } from '../../src/registry/index.ts';
import { issueClientCertificate } from '../client-certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'serve-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const clock = systemClock;
const ca = createCertificateAuthority({ clock });
const writeCertificate = (name: string): void => {
  const { cert, key } = issueServerCertificate({ ca, dnsNames: [name], ipAddresses: ['127.0.0.1'], clock });
  writeFileSync(at('server.crt'), cert);
  writeFileSync(at('server.key'), key);
};
writeFileSync(at('ca.crt'), ca.cert);
writeFileSync(at('htpasswd'), `alice:${hashSync('secret', 4)}\n`);

async function serve(settings: string, storage = '{inmemory: {}}') {
  const logged: string[] = [];
  const keep =
    (level: string): Log['info'] =>
    (event) =>
      void logged.push(`${level} ${event}`);
  const log: Log = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
  const text = `version: 0.1\nstorage: ${storage}\n${settings}`;
  const { value } = parseConfig({ path: 'c.yml', text }, {}, at('data'));
  const served = await serveRegistry(value, { log, stateFolder: at('state') });
  return Object.assign(served, { logged });
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly peer: PeerCertificate | undefined;
}

function ask({ listener }: ServedRegistry, path: string, options: RequestOptions & { body?: string } = {}) {
  const { address, url } = listener;
  const where = address.kind === 'unix' ? { socketPath: address.path } : { host: address.host, port: address.port };
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise<Answer>((resolve, reject) => {
    const sent = send({ ...where, path, agent: false, ca: ca.cert, ...options }, (response) => {
      const peer = (response.socket as Partial<TLSSocket>).getPeerCertificate?.();
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: String(Buffer.concat(chunks)), peer });
      });
    });
    sent.on('error', reject).end(options.body);
  });
}

const INDEX = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}';
const FREE = 'http: {addr: "127.0.0.1:0"}';
const basic = (password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`alice:${password}`).toString('base64')}` },
});

describe('a registry that is served as configured', () => {
  test('puts the headers it is told on every answer', async () => {
    await using served = await serve(
      'http: {addr: "127.0.0.1:0", headers: {X-A: [a, b], Strict-Transport-Security: [max-age=1]}}',
    );
    const put = { method: 'PUT', headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' }, body: INDEX };
    expect((await ask(served, '/v2/a/manifests/latest', put)).status).toBe(201);
    const again = '/v2/a/manifests/latest';
    for (const path of ['/v2/', '/v2/a/manifests/none', '/nowhere', again, again, '/v2/a/tags/list']) {
      const { headers } = await ask(served, path);
      expect([headers['x-a'], headers['strict-transport-security']]).toEqual(['a, b', 'max-age=1']);
    }
  });

  test('is found under its prefix, and nowhere else', async () => {
    await using served = await serve('http: {addr: "127.0.0.1:0", prefix: /hub/}');
    expect((await ask(served, '/hub/v2/')).status).toBe(200);
    expect((await ask(served, '/v2/')).status).toBe(404);
    const started = await ask(served, '/hub/v2/a/blobs/uploads/', { method: 'POST' });
    const location = String(started.headers.location);
    expect(location).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/hub\/v2\/a\/blobs\/uploads\//);
    const { pathname, search } = new URL(location);
    const finish = `${pathname}${search}&digest=${digestOf('hello')}`;
    expect((await ask(served, finish, { method: 'PUT', body: 'hello' })).status).toBe(201);
  });

  test('listens on a unix socket', async () => {
    await using served = await serve(`http: {net: unix, addr: ${at('r.sock')}}`);
    expect((await ask(served, '/v2/')).status).toBe(200);
  });

  test('asks for a user of its file', async () => {
    await using served = await serve(`${FREE}\nauth: {htpasswd: {realm: ours, path: ${at('htpasswd')}}}`);
    expect((await ask(served, '/v2/')).status).toBe(401);
    expect((await ask(served, '/v2/', basic('secret'))).status).toBe(200);
  });

  test('does not start without the file of its users', async () => {
    const settings = `${FREE}\nauth: {htpasswd: {realm: ours, path: ${at('none')}}}`;
    await expect(serve(settings)).rejects.toMatchObject({ code: 'CREDENTIAL_FILE' });
  });

  test('takes no writes in maintenance', async () => {
    await using served = await serve(FREE, '{inmemory: {}, maintenance: {readonly: {enabled: true}}}');
    expect((await ask(served, '/v2/a/blobs/uploads/', { method: 'POST' })).status).toBe(405);
  });

  test.each([
    { storage: '{inmemory: {}}', status: 405 },
    { storage: '{inmemory: {}, delete: {enabled: true}}', status: 404 },
  ])('with storage $storage answers a deletion $status', async ({ storage, status }) => {
    await using served = await serve(FREE, storage);
    const path = `/v2/a/manifests/${digestOf('none')}`;
    expect((await ask(served, path, { method: 'DELETE' })).status).toBe(status);
  });

  test.each([
    { rules: '', url: 'https://anywhere/layer', status: 201 },
    { rules: 'allow: ["^https://mirror\\\\.example/"]', url: 'https://mirror.example/layer', status: 201 },
    { rules: 'allow: ["^https://mirror\\\\.example/"]', url: 'https://elsewhere/layer', status: 400 },
    { rules: 'allow: ["^https://"], deny: [elsewhere]', url: 'https://elsewhere/layer', status: 400 },
    { rules: 'deny: [elsewhere]', url: 'file:///etc/passwd', status: 400 },
  ])('with the rules "$rules" answers a manifest that names $url $status', async ({ rules, url, status }) => {
    const validation = rules === '' ? '' : `\nvalidation: {manifests: {urls: {${rules}}}}`;
    await using served = await serve(`${FREE}${validation}`);
    const config = digestOf('{}');
    await ask(served, `/v2/a/blobs/uploads/?digest=${config}`, { method: 'POST', body: '{}' });
    const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 2 };
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const layers = [{ mediaType, digest: digestOf('far'), size: 3, urls: [url] }];
    const type = 'application/vnd.oci.image.manifest.v1+json';
    const body = JSON.stringify({ schemaVersion: 2, mediaType: type, config: descriptor, layers });
    const put = { method: 'PUT', headers: { 'content-type': type }, body };
    expect((await ask(served, '/v2/a/manifests/latest', put)).status).toBe(status);
  });

  test('tells of its health and its requests at the debug address', async () => {
    const debug = 'debug: {addr: "127.0.0.1:0", prometheus: {enabled: true, path: /numbers}}';
    await using served = await serve(`http: {addr: "127.0.0.1:0", ${debug}}\nhealth: {storagedriver: {enabled: true}}`);
    await ask(served, '/v2/');
    const numbers = await (await fetch(`${served.debugUrl}/numbers`)).text();
    expect(numbers).toMatch(/registry_http_requests_total\{code="200",handler="\/v2\/",method="GET"\} 1/);
    expect((await fetch(`${served.debugUrl}/debug/health`)).status).toBe(200);
  });

  test('logs no requests when told not to', async () => {
    await using quiet = await serve(`${FREE}\nlog: {accesslog: {disabled: true}}`);
    await ask(quiet, '/v2/');
    await using loud = await serve(FREE);
    await ask(loud, '/v2/');
    expect([quiet.logged, loud.logged]).toEqual([[], ['info request']]);
  });

  test('says at the start that others can reach it', async () => {
    await using served = await serve('http: {addr: ":0"}');
    expect(served.logged).toEqual([
      'warn listening beyond loopback: others can reach this server',
      'warn no auth: whoever reaches this server may push',
    ]);
  });
});

describe('TLS', () => {
  const tls = (more = '') =>
    `http: {addr: "127.0.0.1:0", tls: {certificate: ${at('server.crt')}, key: ${at('server.key')}${more}}}`;
  const client = issueClientCertificate(ca);
  const stranger = issueClientCertificate(createCertificateAuthority({ clock, name: 'strangers' }), 'strangers');
  const outcome = (served: ServedRegistry, options: RequestOptions): Promise<number | string> =>
    ask(served, '/v2/', options).then(
      ({ status }) => status,
      () => 'refused',
    );

  test('has another certificate from the next connection on once it is told to reload', async () => {
    writeCertificate('before');
    await using served = await serve(tls());
    const name = async (): Promise<unknown> => (await ask(served, '/v2/')).peer?.subject.CN;
    expect(await name()).toBe('before');
    writeCertificate('after');
    expect(await name()).toBe('before');
    await served.reload();
    expect(await name()).toBe('after');
    writeFileSync(at('server.crt'), 'not a certificate');
    await served.reload();
    expect(await name()).toBe('after');
    expect(served.logged).toContain('error reload failed: what was there before stays in force');
  });

  test.each([
    { clientAuth: 'require-and-verify-client-cert', none: 'refused', ours: 200, strangers: 'refused' },
    { clientAuth: 'verify-client-cert-if-given', none: 200, ours: 200, strangers: 'refused' },
    { clientAuth: 'require-any-client-cert', none: 'refused', ours: 200, strangers: 200 },
    { clientAuth: 'request-client-cert', none: 200, ours: 200, strangers: 200 },
  ])(
    'with $clientAuth answers clients without certificate $none, with one $ours, with another $strangers',
    async (row) => {
      writeCertificate('server');
      await using served = await serve(tls(`, clientcas: [${at('ca.crt')}], clientauth: ${row.clientAuth}`));
      expect({
        none: await outcome(served, {}),
        ours: await outcome(served, client),
        strangers: await outcome(served, stranger),
      }).toEqual({ none: row.none, ours: row.ours, strangers: row.strangers });
    },
  );

  test('is no older than it is told, and uses the ciphers it is told', async () => {
    writeCertificate('server');
    const suites = 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256';
    await using modern = await serve(tls(', minimumtls: tls1.3'));
    expect(await outcome(modern, { maxVersion: 'TLSv1.2' })).toBe('refused');
    await using narrow = await serve(tls(`, ciphersuites: [${suites}]`));
    const ciphers = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' } as const;
    expect(await outcome(narrow, ciphers)).toBe('refused');
    expect(await outcome(narrow, { ...ciphers, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(200);
  });
});

test('stopping lets an upload that is under way finish, and takes no other', async () => {
  const served = await serve('http: {addr: "127.0.0.1:0", draintimeout: 30s}');
  const { address } = served.listener;
  if (address.kind !== 'tcp') throw new Error('listens elsewhere');
  const path = `/v2/a/blobs/uploads/?digest=${digestOf('hello')}`;
  const sent = httpRequest({ host: address.host, port: address.port, path, method: 'POST', agent: false });
  sent.setHeader('content-length', '5');
  sent.write('hel');
  await once(served.listener.server, 'request');
  const stopped = served.stop();
  await expect(ask(served, '/v2/')).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/);
  sent.end('lo');
  const [response] = await once(sent, 'response');
  expect(response.statusCode).toBe(201);
  response.resume();
  await stopped;
});

test('stopping waits no longer than it is told', async () => {
  const served = await serve('http: {addr: "127.0.0.1:0", draintimeout: 1ms}');
  const { address } = served.listener;
  if (address.kind !== 'tcp') throw new Error('listens elsewhere');
  const path = `/v2/a/blobs/uploads/?digest=${digestOf('hello')}`;
  const sent = httpRequest({ host: address.host, port: address.port, path, method: 'POST', agent: false });
  sent.setHeader('content-length', '5');
  sent.write('hel');
  const cut = once(sent, 'error');
  await once(served.listener.server, 'request');
  await served.stop();
  expect(((await cut)[0] as Error).message).toMatch(/hang up|ECONNRESET/);
});
