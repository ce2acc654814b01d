import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/index.ts';
import { NotaryClient, type NotaryClientOptions } from '../../src/notary/client/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../src/pki/index.ts';
import { parseGun, ROOT, TARGETS, TIMESTAMP } from '../../src/tuf/index.ts';
import { files, publishNew, startServer } from './running-server.ts';

const gun = parseGun('sandboxregistry:5000/test/a');
const ca = createCertificateAuthority({ clock: systemClock });
const tls = issueServerCertificate({ ca, dnsNames: ['notaryserver'], clock: systemClock });

describe('over TLS', () => {
  async function serve(client: Partial<NotaryClientOptions>, path = 'https://notaryserver:4443') {
    const server = await startServer({ tls });
    const connect = { host: '127.0.0.1', port: Number(new URL(server.url).port) };
    return { server, client: new NotaryClient({ url: path, connect, ...client }) };
  }

  test('a server with a virtual name is reached at its address, and known by its name', async () => {
    const { server, client } = await serve({ ca: ca.cert });
    await using _ = server;
    expect(await client.ping()).toEqual({ status: 200, challenge: undefined });
    const { name } = await publishNew(client, 'a/b');
    expect((await client.getMetadata(name, ROOT)).length).toBeGreaterThan(1000);
    expect(client.host).toBe('notaryserver:4443');
  });

  test.each<[string, Partial<NotaryClientOptions>, string, string]>([
    ['nobody vouches for', {}, 'https://notaryserver:4443', 'certificate signed by unknown authority'],
    [
      'another authority vouches for',
      { ca: createCertificateAuthority({ clock: systemClock }).cert },
      'https://notaryserver:4443',
      'certificate signed by unknown authority',
    ],
    [
      'that has another name',
      { ca: ca.cert },
      'https://notary:4443',
      'certificate is valid for notaryserver, not notary',
    ],
    [
      'asked for by an address it does not name',
      { ca: ca.cert },
      'https://127.0.0.1:4443',
      "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
    ],
  ])('a server %s is not talked to', async (_, options, url, reason) => {
    const { server, client } = await serve(options, url);
    await using __ = server;
    await expect(client.ping()).rejects.toMatchObject({
      code: 'NOTARY_NETWORK',
      message: `tls: failed to verify certificate: x509: ${reason}`,
    });
  });

  test('any certificate will do when told so', async () => {
    const { server, client } = await serve({ insecureSkipVerify: true }, 'https://elsewhere:4443');
    await using _ = server;
    expect((await client.ping()).status).toBe(200);
  });
});

describe('without a server', () => {
  test('the refused address is named', async () => {
    const closed = await startServer();
    const { port } = new URL(closed.url);
    await closed[Symbol.asyncDispose]();
    const client = new NotaryClient({ url: `https://127.0.0.1:${port}` });
    await expect(client.getMetadata(gun, ROOT)).rejects.toMatchObject({
      code: 'NOTARY_NETWORK',
      message: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    });
  });

  test('plain HTTP behind https is said to be so', async () => {
    await using server = await startServer();
    const client = new NotaryClient({ url: server.url.replace('http:', 'https:') });
    await expect(client.ping()).rejects.toThrow('http: server gave HTTP response to HTTPS client');
  });

  test('giving up ends a request', async () => {
    const { url } = await answer(() => undefined);
    const controller = new AbortController();
    const client = new NotaryClient({ url, signal: controller.signal });
    const pending = client.getMetadata(gun, ROOT);
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
  });
});

const servers: { close(): void; closeAllConnections(): void }[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that answers everything alike. */
async function answer(listener: RequestListener): Promise<{ url: string; client: NotaryClient }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, client: new NotaryClient({ url }) };
}

describe('an answer', () => {
  const update = (detail: unknown, code = 'INVALID_UPDATE') =>
    JSON.stringify({ errors: [{ code, message: 'x', detail }] });
  test.each<[number, string, string]>([
    [401, '', 'you are not authorized to perform this operation: server returned 401.'],
    [403, '', 'unable to reach trust server at this time: 403.'],
    [500, '', 'unable to reach trust server at this time: 500.'],
    [301, '', 'unable to reach trust server at this time: 301.'],
    [404, '', 'POST metadata endpoint trust data unavailable.  Has a notary repository been initialized?'],
    [400, 'nonsense', 'trust server rejected operation.'],
    [400, update({}, 'VERSION'), 'trust server rejected operation.'],
    [400, update({ Name: 'ErrBadRoot', Error: { Msg: 'no' } }), 'The root metadata is invalid: no'],
    [400, update({ Name: 'ErrBadTargets', Error: { Msg: 'no' } }), 'The targets metadata is invalid: no'],
    [400, update({ Name: 'ErrBadSnapshot', Error: { Msg: 'no' } }), 'The snapshot metadata is invalid: no'],
    [
      400,
      update({ Name: 'ErrBadHierarchy', Error: { Missing: 'x', Msg: 'no' } }),
      'Metadata hierarchy is incomplete: no',
    ],
    [400, update({ Name: 'ErrValidation', Error: { Msg: 'no' } }), 'An error occurred during validation: no'],
    [400, update({ Name: '__proto__', Error: { Msg: 'no' } }), 'trust server rejected operation.'],
    [400, update({ Name: 'ErrBadRoot', Error: { Msg: 'x'.repeat(1024) } }), 'trust server rejected operation.'],
  ])('of %i %.40s is called what real clients call it', async (status, body, message) => {
    const { client } = await answer((_, response) => response.writeHead(status).end(body));
    await expect(client.publish(gun, files({}))).rejects.toThrow(message);
  });

  test('keeps the server’s code', async () => {
    const { client } = await answer((_, response) => response.writeHead(400).end(update({}, 'VERSION')));
    await expect(client.publish(gun, files({}))).rejects.toMatchObject({ wireCode: 'VERSION', refusal: undefined });
  });

  test.each([
    ['announced', { 'content-length': String(2 * 1024 * 1024) }],
    ['not announced', {}],
  ])('larger than allowed, %s, is not read', async (_, headers: Record<string, string>) => {
    const { client } = await answer((__, response) =>
      response.writeHead(200, headers).end(Buffer.alloc(2 * 1024 * 1024)),
    );
    await expect(client.getMetadata(gun, TIMESTAMP)).rejects.toThrow('trust server returned a bad response.');
    expect((await client.getMetadata(gun, TARGETS)).length).toBe(2 * 1024 * 1024);
    await expect(client.getMetadata(gun, TARGETS, { maxBytes: 10 })).rejects.toMatchObject({
      code: 'NOTARY_REMOTE_MALFORMED',
    });
  });

  test('cut off in the middle is no answer', async () => {
    const { client } = await answer((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x', () => response.destroy());
    });
    await expect(client.getMetadata(gun, ROOT)).rejects.toMatchObject({ code: 'NOTARY_REMOTE_MALFORMED' });
  });

  test('that is no key is refused', async () => {
    const { client } = await answer((_, response) => response.end('{"keytype":1}'));
    await expect(client.getKey(gun, 'timestamp')).rejects.toThrow('trust server returned a bad response.');
  });
});

test('requests are those that real clients send', async () => {
  const seen: string[] = [];
  const { url } = await answer((request, response) => {
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk) => chunks.push(chunk))
      .on('end', () => {
        const { 'content-type': type = '', authorization = '' } = request.headers;
        const boundary = type.split('boundary=')[1] ?? '-';
        seen.push(
          `${request.method} ${request.url} ${authorization} ${Buffer.concat(chunks)}`.replaceAll(boundary, 'B'),
        );
        response.end();
      });
  });
  const client = new NotaryClient({ url, authorization: async ({ actions }) => actions.join() });
  await client.getMetadata(gun, TIMESTAMP);
  await client.getMetadata(gun, TARGETS, { sha256: 'ab' });
  await client.getMetadata(gun, ROOT, { version: 3 });
  await client.publish(gun, files({ targets: Buffer.from('{}'), 'targets/alice': Buffer.from('[]') }));
  await client.publish(gun, files({}));
  await client.deleteCollection(gun);
  const tuf = '/v2/sandboxregistry:5000/test/a/_trust/tuf/';
  const head = (name: string) =>
    `Content-Disposition: form-data; name="files"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  expect(seen).toEqual([
    `GET ${tuf}timestamp.json pull `,
    `GET ${tuf}targets.ab.json pull `,
    `GET ${tuf}3.root.json pull `,
    `POST ${tuf} push,pull --B\r\n${head('targets')}{}\r\n--B\r\n${head('targets/alice')}[]\r\n--B--\r\n`,
    `POST ${tuf} push,pull \r\n--B--\r\n`,
    `DELETE ${tuf} * `,
  ]);
});
