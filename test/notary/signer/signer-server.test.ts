import { connect } from 'node:tls';
import grpc from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { type SignerCallError, SignerClient } from '../../../src/notary/keys/remote/signer-client.ts';
import { METHODS } from '../../../src/notary/keys/remote/signer-methods.ts';
import { readTlsFiles } from '../../../src/notary/keys/remote/tls-files.ts';
import { isSignatureValid, PublicKey } from '../../../src/tuf/index.ts';
import { type Issued, issue, type TlsPaths } from './certificates.ts';
import { type RunningSigner, startSigner } from './running-signer.ts';

const GUN = 'example.com/signed';

function openClient({ server }: RunningSigner, tls: TlsPaths): Promise<SignerClient> {
  return SignerClient.open({ hostname: '127.0.0.1', port: server.port, tls, timeoutMs: 5000 });
}

async function statusOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'OK',
    (error: SignerCallError) => error.status ?? String(error),
  );
}

describe('a signer', () => {
  test.each(['ed25519', 'ecdsa'] as const)('makes an %s key, describes it, signs with it', async (algorithm) => {
    await using signer = await startSigner();
    using client = await openClient(signer, signer.clientTls);
    await client.health();
    const { keyid, publicKey } = await client.createKey(algorithm, GUN, 'timestamp');
    const key = new PublicKey(algorithm, publicKey);
    expect(key.keyid).toBe(keyid);
    expect(await client.findKey(keyid)).toEqual({ keyid, algorithm, publicKey, role: 'timestamp', gun: GUN });
    const content = Buffer.from('to be signed');
    const signature = await client.sign(keyid, content);
    expect(isSignatureValid(key, signature.method, content, signature.content)).toBe(true);
  });

  test.each([
    { service: '', status: 1 },
    { service: 'grpc.health.v1.Health.Signer', status: 1 },
    { service: 'nobody', status: 3 },
  ])('tells who watches $service how it is, and ends that when it stops', async ({ service, status }) => {
    await using signer = await startSigner();
    const tls = await readTlsFiles(signer.clientTls);
    const [ca, key, cert] = [tls.ca, tls.key, tls.cert].map((pem) => Buffer.from(String(pem)));
    const credentials = grpc.credentials.createSsl(ca ?? null, key ?? null, cert ?? null, {
      checkServerIdentity: () => undefined,
    });
    using client = Object.assign(new grpc.Client(`127.0.0.1:${signer.server.port}`, credentials), {
      [Symbol.dispose]: () => client.close(),
    });
    const { path, requestSerialize, responseDeserialize } = METHODS.watchHealth;
    const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service });
    const messages = call[Symbol.asyncIterator]();
    expect((await messages.next()).value).toBe(status);
    await signer.server.drain(60_000);
    expect((await messages.next()).done).toBe(true);
  });

  test('gives a key again until it has signed, and only to the same role of the same collection', async () => {
    await using signer = await startSigner();
    using client = await openClient(signer, signer.clientTls);
    const make = async (gun: string, role: string) => (await client.createKey('ecdsa', gun, role)).keyid;
    const first = await make(GUN, 'snapshot');
    expect(await make(GUN, 'snapshot')).toBe(first);
    expect(new Set([first, await make(GUN, 'timestamp'), await make('example.com/b', 'snapshot')]).size).toBe(3);
    await client.sign(first, Buffer.from('x'));
    expect(await make(GUN, 'snapshot')).not.toBe(first);
  });

  test('no longer knows a key that was deleted, and has nothing against deleting it again', async () => {
    await using signer = await startSigner();
    using client = await openClient(signer, signer.clientTls);
    const { keyid } = await client.createKey('ecdsa', GUN, 'snapshot');
    await client.sign(keyid, Buffer.from('x'));
    await client.deleteKey(keyid);
    await client.deleteKey(keyid);
    expect(await client.findKey(keyid)).toBeUndefined();
    expect(await statusOf(client.sign(keyid, Buffer.from('x')))).toBe('NotFound');
  });

  test('signs a large file of metadata, and refuses one above the limit', async () => {
    await using signer = await startSigner();
    using client = await openClient(signer, signer.clientTls);
    const { keyid } = await client.createKey('ed25519', GUN, 'snapshot');
    expect(await statusOf(client.sign(keyid, Buffer.alloc(20 * 1024 * 1024, 1)))).toBe('OK');
    expect(await statusOf(client.sign(keyid, Buffer.alloc(33 * 1024 * 1024, 1)))).toBe('ResourceExhausted');
    await client.health();
  });

  test.each([
    { what: 'an RSA key', call: (client: SignerClient) => client.createKey('rsa' as never, GUN, 'timestamp') },
    { what: 'a key without a collection', call: (client: SignerClient) => client.createKey('ecdsa', '', 'timestamp') },
    { what: 'a key without a role', call: (client: SignerClient) => client.createKey('ecdsa', GUN, '') },
    {
      what: 'a key for a name too long',
      call: (client: SignerClient) => client.createKey('ecdsa', 'x'.repeat(256), 'root'),
    },
  ])('refuses to make $what', async ({ call }) => {
    await using signer = await startSigner();
    using client = await openClient(signer, signer.clientTls);
    expect(await statusOf(call(client))).toBe('InvalidArgument');
  });
});

describe('a signer that is not well', () => {
  test('is found again after a restart, without a new client', async () => {
    await using first = await startSigner();
    const { port } = first.server;
    using client = await openClient(first, first.clientTls);
    await client.health();
    await first.server.drain(1000);
    await first.server[Symbol.asyncDispose]();
    const down = await client.health().catch((error: unknown) => error);
    expect(down).toMatchObject({ code: 'NOTARY_SIGNER', status: 'Unavailable' });
    expect((down as Error).message).toMatch(/^rpc error: code = Unavailable desc = /);
    const { startSignerServer } = await import('../../../src/notary/signer/signer-server.ts');
    const { systemClock, silentLog } = await import('../../../src/core/index.ts');
    const address = { host: '127.0.0.1', port };
    await using _ = await startSignerServer({
      keys: first.keys,
      address,
      tls: first.serverTls,
      clock: systemClock,
      log: silentLog,
    });
    await expect.poll(() => statusOf(client.health()), { timeout: 10_000 }).toBe('OK');
  });

  test('answers that it is not serving when its database does not answer', async () => {
    await using signer = await startSigner();
    using client = await openClient(signer, signer.clientTls);
    signer.keys.health = async () => {
      throw new Error('gone');
    };
    expect(await statusOf(client.health())).toBe('Unavailable');
  });

  test('whose machine is gone without a word is asked over another connection the next time', async () => {
    await using signer = await startSigner();
    const { connect: connectTcp, createServer } = await import('node:net');
    const between = new Set<import('node:net').Socket>();
    const network = createServer((near) => {
      const far = connectTcp(signer.server.port, '127.0.0.1');
      for (const socket of [near, far]) socket.on('error', () => undefined);
      near.pipe(far).pipe(near);
      between.add(near).add(far);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => network.once('listening', resolve));
    const { port } = network.address() as { port: number };
    using client = await SignerClient.open({ hostname: '127.0.0.1', port, tls: signer.clientTls, timeoutMs: 1000 });
    await client.health();
    for (const socket of between) socket.unpipe().pause();
    expect(await statusOf(client.health())).toBe('DeadlineExceeded');
    expect(await statusOf(client.health())).toBe('OK');
    network.close();
    for (const socket of between) socket.destroy();
  });

  test('is given up on when it says nothing', async () => {
    const { createServer } = await import('node:net');
    const mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise((resolve) => mute.once('listening', resolve));
    await using signer = await startSigner();
    const { port } = mute.address() as { port: number };
    using client = await SignerClient.open({ hostname: '127.0.0.1', port, tls: signer.clientTls, timeoutMs: 300 });
    expect(await statusOf(client.sign('0'.repeat(64), Buffer.from('x')))).toBe('DeadlineExceeded');
    mute.close();
  });
});

describe('of clients, a signer', () => {
  const root = issue('root', { isCa: true });
  const between = issue('between', { isCa: true, by: root });
  const leaf = issue('leaf', { by: between, usage: 'clientAuth' });
  const noCa = issue('no authority', { by: root });
  const alone = issue('alone');
  const cases: {
    what: string;
    trusted: Issued[];
    client: Issued | undefined;
    chain?: Issued[];
    isAccepted: boolean;
  }[] = [
    { what: 'of its authority', trusted: [root], client: leaf, chain: [between], isAccepted: true },
    { what: 'of an intermediate that it has', trusted: [root, between], client: leaf, isAccepted: true },
    { what: 'of an intermediate it trusts, and no root', trusted: [between], client: leaf, isAccepted: true },
    { what: 'it trusts for itself', trusted: [leaf], client: leaf, chain: [between], isAccepted: true },
    { what: 'that is self-signed and trusted', trusted: [alone], client: alone, isAccepted: true },
    { what: 'that says nothing of its use', trusted: [root], client: noCa, isAccepted: true },
    { what: 'none at all', trusted: [root], client: undefined, isAccepted: false },
    { what: 'of nobody', trusted: [root], client: alone, isAccepted: false },
    { what: 'whose authority is missing', trusted: [root], client: leaf, isAccepted: false },
    {
      what: 'of a namesake of its authority',
      trusted: [between],
      client: issue('x', { by: issue('between', { isCa: true }) }),
      isAccepted: false,
    },
    {
      what: 'of a trusted one that is no authority',
      trusted: [noCa],
      client: issue('x', { by: noCa }),
      isAccepted: false,
    },
    {
      what: 'for servers',
      trusted: [between],
      client: issue('x', { by: between, usage: 'serverAuth' }),
      isAccepted: false,
    },
    {
      what: 'that has run out',
      trusted: [between],
      client: issue('x', { by: between, notAfter: new Date(Date.now() - 1000) }),
      isAccepted: false,
    },
    {
      what: 'of an authority that has run out',
      trusted: [issue('gone', { isCa: true, by: root, notAfter: new Date(Date.now() - 1000) })],
      client: undefined,
      isAccepted: false,
    },
  ];
  const gone = cases.at(-1);
  if (gone) gone.client = issue('x', { by: gone.trusted[0] as Issued });

  test.each(cases)('takes a certificate $what: $isAccepted', async ({ trusted, client, chain, isAccepted }) => {
    await using signer = await startSigner({ trusted });
    using connection = await openClient(signer, await signer.pems.write(client, [signer.ca], chain));
    expect(await statusOf(connection.health())).toBe(isAccepted ? 'OK' : 'Unavailable');
  });

  test('asks for nothing when it is told of no authority', async () => {
    await using signer = await startSigner({ trusted: [] });
    using connection = await openClient(signer, await signer.pems.write(undefined, [signer.ca]));
    expect(await statusOf(connection.health())).toBe('OK');
  });

  test('takes none that speak TLS 1.1', async () => {
    await using signer = await startSigner({ trusted: [] });
    const socket = connect({
      port: signer.server.port,
      host: '127.0.0.1',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
      rejectUnauthorized: false,
    });
    const outcome = await new Promise<string>((resolve) => {
      socket.on('secureConnect', () => resolve('connected'));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      socket.on('close', () => resolve('closed'));
    });
    expect(outcome).not.toBe('connected');
  });
});

describe('a client', () => {
  test('refuses a signer of another authority', async () => {
    await using signer = await startSigner();
    const tls = { ...signer.clientTls, ...(await signer.pems.write(undefined, [issue('other', { isCa: true })])) };
    using client = await openClient(signer, { ...signer.clientTls, caFile: tls.caFile });
    expect(await statusOf(client.health())).toBe('Unavailable');
  });

  test.each([
    { what: 'a missing file', tls: { caFile: '/nonexistent/ca.pem' } },
    { what: 'a certificate without its key', tls: { certFile: '/nonexistent/cert.pem' } },
    { what: 'a file of no certificates', tls: { caFile: import.meta.filename } },
  ])('says at once that $what is of no use', async ({ tls }) => {
    const opening = SignerClient.open({ hostname: '127.0.0.1', port: 1, tls });
    await expect(opening).rejects.toMatchObject({ code: 'NOTARY_SIGNER_TLS' });
  });
});
