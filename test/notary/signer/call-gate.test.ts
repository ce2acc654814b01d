import { expect, test } from 'vitest';
import { silentLog } from '../../../src/core/index.ts';
import { type SignerCallError, SignerClient } from '../../../src/notary/keys/remote/signer-client.ts';
import type { SignerCall, SignerGate } from '../../../src/notary/signer/call-gate.ts';
import { startSigner } from './running-signer.ts';

const CREATE = '/proto.KeyManagement/CreateKey';

/** Makes a key over a connection of its own, by a signer with this gate, and tells gRPC's status and what the gate was told. */
async function createKey(gate: SignerGate, timeoutMs = 5000) {
  const calls: SignerCall[] = [];
  const ends: (string | undefined)[] = [];
  const logged: string[] = [];
  await using signer = await startSigner({
    log: { ...silentLog, info: (event) => logged.push(event) },
    gate(call) {
      calls.push(call);
      call.onOver((status) => ends.push(status));
      gate(call);
    },
  });
  const options = { hostname: '127.0.0.1', port: signer.server.port, tls: signer.clientTls, timeoutMs };
  using client = await SignerClient.open(options);
  const made = await client.createKey('ecdsa', 'example.com/gated', 'timestamp').then(
    () => ({ status: 'OK', message: '' }),
    ({ status, message }: SignerCallError) => ({ status, message }),
  );
  await expect.poll(() => ends.length).toBe(calls.length);
  return { ...made, calls, ends, isMade: logged.includes('key created'), port: signer.server.port };
}

test('every call is shown to the gate: what is asked, by which program, over which connection', async () => {
  const { status, calls, ends, isMade, port } = await createKey((call) => call.proceed());
  expect({ status, isMade }).toEqual({ status: 'OK', isMade: true });
  expect(calls).toMatchObject([
    {
      path: CREATE,
      userAgent: expect.stringMatching(/^grpc-node-js\//),
      connection: { localPort: port },
    },
  ]);
  expect(ends).toEqual(['OK']);
});

test('a call that is refused has the gate’s status, and no key is made', async () => {
  const { status, message, ends, isMade } = await createKey((call) => call.refuse('UNAVAILABLE', 'on purpose'));
  expect({ status, message }).toEqual({ status: 'Unavailable', message: expect.stringContaining('on purpose') });
  expect(ends).toEqual(['UNAVAILABLE']);
  expect(isMade).toBe(false);
});

test('a call whose connection is cut is told so', async () => {
  const { status, ends } = await createKey((call) => call.cut());
  expect(status).toBe('Unavailable');
  expect(ends).toEqual([undefined]);
});

test('an answer may be lost after what was asked is done', async () => {
  const sizes: number[] = [];
  const { status, ends, isMade } = await createKey((call) => {
    call.interceptAnswer((bytes) => {
      sizes.push(bytes);
      call.cut();
    });
    call.proceed();
  });
  expect(status).toBe('Unavailable');
  expect(sizes).toEqual([expect.toSatisfy((bytes: number) => bytes > 100)]);
  expect({ ends, isMade }).toEqual({ ends: [undefined], isMade: true });
});

test('one that is never let go on ends with the caller’s patience', async () => {
  const { status, ends } = await createKey(() => undefined, 100);
  expect(status).toBe('DeadlineExceeded');
  expect(ends).toEqual([undefined]);
});
