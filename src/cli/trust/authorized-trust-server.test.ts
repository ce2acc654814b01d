import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock as clock } from '../../core/index.ts';
import { type Listener, listen } from '../../http/index.ts';
import { createNotaryServer, openNotaryDatabase, WireError } from '../../notary/index.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../pki/index.ts';
import { parseGun, ROOT } from '../../tuf/index.ts';
import type { StoredCredentials } from '../credentials.ts';
import { connectTrustServer } from './connect-trust-server.ts';

const gun = parseGun('r:5000/a');
const ca = createCertificateAuthority({ clock });
const tls = issueServerCertificate({ ca, clock, dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
let tokens: Server;
let notary: Listener;
/** What the token service was asked, and by whom. */
let asked: string[];

/** A token service that gives the scope it is asked for as the token, and a Notary server that believes it. */
beforeEach(async () => {
  asked = [];
  tokens = createServer(tls, (request: IncomingMessage, response) => {
    const { searchParams } = new URL(request.url ?? '', 'https://localhost');
    const scope = searchParams.get('scope') ?? '';
    const user = Buffer.from((request.headers.authorization ?? '').slice('Basic '.length), 'base64').toString();
    asked.push(`${scope} for ${user || 'nobody'}`);
    response.statusCode = user === 'alice:wrong' ? 401 : 200;
    response.end(JSON.stringify({ token: scope }));
  });
  tokens.listen(0, '127.0.0.1');
  await once(tokens, 'listening');
  const realm = `https://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
  const authorize = async (access: { gun?: string | undefined; actions: readonly string[] }, header?: string) => {
    if (header === `Bearer repository:${access.gun}:${access.actions.join(',')}`) return undefined;
    throw new WireError('UNAUTHORIZED', [], { 'www-authenticate': `Bearer realm="${realm}",service="notary"` });
  };
  const database = await openNotaryDatabase(':memory:');
  const { app } = createNotaryServer({ database, keys: { secret: randomBytes(32) }, clock, authorize });
  notary = await listen(app, { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls);
});
afterEach(async () => {
  tokens.closeAllConnections();
  tokens.close();
  await notary[Symbol.asyncDispose]();
});

function connect(credentials?: StoredCredentials) {
  return connectTrustServer({
    url: notary.url,
    certificates: { ca: [ca.cert], publicRoots: undefined, client: undefined },
    names: { find: () => undefined },
    signal: new AbortController().signal,
    findCredentials: async () => credentials,
  });
}

test('a trust server that wants a token gets one for each scope, and it is kept', async () => {
  const server = connect({ username: 'alice', password: 'secret' });
  for (const _ of [1, 2]) {
    await expect(server.getMetadata(gun, ROOT, {})).rejects.toMatchObject({ code: 'NOTARY_REMOTE_NOT_FOUND' });
  }
  expect((await server.getKey(gun, 'timestamp')).keytype).toBe('ed25519');
  expect(asked).toEqual([
    'repository:r:5000/a:pull for alice:secret',
    'repository:r:5000/a:push,pull for alice:secret',
  ]);
});

test('nobody is somebody too', async () => {
  await expect(connect().getMetadata(gun, ROOT, {})).rejects.toMatchObject({ code: 'NOTARY_REMOTE_NOT_FOUND' });
  expect(asked).toEqual(['repository:r:5000/a:pull for nobody']);
});

test('a wrong password is told of', async () => {
  const server = connect({ username: 'alice', password: 'wrong' });
  await expect(server.getMetadata(gun, ROOT, {})).rejects.toThrow('unauthorized: incorrect username or password');
});
