import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Log, type LogFields, silentLog, systemClock } from '../../../src/core/index.ts';
import { type SignerConfig, serveSigner } from '../../../src/notary/index.ts';
import { SignerClient } from '../../../src/notary/keys/remote/signer-client.ts';
import { createPemFolder, issue, type PemFolder, type TlsPaths } from './certificates.ts';

const ca = issue('ca', { isCa: true });
const GUN = 'example.com/served';
let folder: string;
let pems: PemFolder;
let tls: TlsPaths;
let config: SignerConfig;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ts-serve-'));
  pems = await createPemFolder();
  tls = await pems.write(issue('signer', { by: ca }), [ca]);
  config = {
    address: { host: '127.0.0.1', port: 0 },
    tls,
    storage: { kind: 'database', location: { kind: 'sqlite', path: join(folder, 'signer.db') }, defaultAlias: 'one' },
    passphrases: new Map([['ONE', 'first passphrase']]),
    passphraseFiles: new Map(),
    logLevel: 'info',
    drainMs: 1000,
  };
});
afterEach(async () => {
  await pems[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Line extends LogFields {
  readonly level: string;
  readonly event: string;
}

/** A log that is kept. */
function keptLog(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string): Log['info'] =>
    (event, fields = {}) =>
      void lines.push({ ...fields, level, event });
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

const connect = (port: number, own: TlsPaths = tls): Promise<SignerClient> =>
  SignerClient.open({ hostname: '127.0.0.1', port, tls: own, timeoutMs: 5000 });

describe('a signer that is served', () => {
  test('takes new passphrases and another default alias while it runs', async () => {
    await using served = await serveSigner(config, { log: silentLog, clock: systemClock });
    using client = await connect(served.port);
    const { keyid } = await client.createKey('ecdsa', GUN, 'timestamp');
    const file = join(folder, 'two');
    await writeFile(file, 'second passphrase\n', { mode: 0o600 });
    const storage = { ...config.storage, defaultAlias: 'two' } as SignerConfig['storage'];
    await served.reload({ ...config, storage, passphraseFiles: new Map([['two', file]]) });
    expect((await client.sign(keyid, Buffer.from('x'))).keyid).toBe(keyid);
    const made = await client.createKey('ecdsa', GUN, 'timestamp');
    await served.stop();
    const only = { ...config, storage, passphrases: new Map([['two', 'second passphrase']]) };
    await using again = await serveSigner(only, { log: silentLog, clock: systemClock });
    using other = await connect(again.port);
    expect((await other.sign(made.keyid, Buffer.from('x'))).keyid).toBe(made.keyid);
  });

  test.each([
    { what: 'a passphrase', change: { passphrases: new Map([['ONE', 'wrong']]) }, why: /wrong passphrase/ },
    {
      what: 'a file of a passphrase',
      change: { passphraseFiles: new Map([['one', '/nonexistent']]) },
      why: /nonexistent/,
    },
  ])('goes on as it was when $what is of no use, and says so', async ({ change, why }) => {
    const { log, lines } = keptLog();
    await using served = await serveSigner(config, { log, clock: systemClock });
    using client = await connect(served.port);
    const { keyid } = await client.createKey('ecdsa', GUN, 'timestamp');
    await served.reload({ ...config, ...change });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', why: expect.stringMatching(why) }));
    expect((await client.sign(keyid, Buffer.from('x'))).keyid).toBe(keyid);
  });

  test('shows another certificate once it is there, and asks for those of another authority', async () => {
    await using served = await serveSigner(config, { log: silentLog, clock: systemClock });
    using before = await connect(served.port);
    await before.health();
    const other = issue('other ca', { isCa: true });
    const renewed = issue('signer', { by: other });
    await writeFile(tls.certFile ?? '', renewed.cert);
    await writeFile(tls.keyFile ?? '', renewed.key);
    await writeFile(tls.caFile ?? '', other.cert);
    await served.reload(config);
    await before.health(); // a connection that is there stays
    using stranger = await connect(served.port, await pems.write(issue('server', { by: ca }), [other]));
    await expect(stranger.health()).rejects.toMatchObject({ status: 'Unavailable' });
    using client = await connect(served.port, await pems.write(issue('server', { by: other }), [other]));
    await client.health();
  });

  test('names what needs a restart', async () => {
    const { log, lines } = keptLog();
    await using served = await serveSigner(config, { log, clock: systemClock });
    await served.reload({ ...config, address: { host: '127.0.0.1', port: 1 }, storage: { kind: 'memory' } });
    const named = lines.filter(({ event }) => event === 'this needs a restart to take effect');
    expect(named.map(({ setting }) => setting)).toEqual(['server.grpc_addr', 'storage']);
  });

  test('has a line in the log for each call, with nothing of what is signed', async () => {
    const { log, lines } = keptLog();
    await using served = await serveSigner(config, { log, clock: systemClock });
    using client = await connect(served.port);
    const { keyid } = await client.createKey('ecdsa', GUN, 'timestamp');
    await client.sign(keyid, Buffer.from('what is signed'));
    await client.findKey('unknown');
    const calls = lines.filter(({ event }) => event === 'call');
    expect(calls.map(({ method, status }) => [method, status])).toEqual([
      ['/proto.KeyManagement/CreateKey', 'OK'],
      ['/proto.Signer/Sign', 'OK'],
      ['/proto.KeyManagement/GetKeyInfo', 'NOT_FOUND'],
    ]);
    expect(calls[0]).toMatchObject({
      gun: GUN,
      role: 'timestamp',
      keyid,
      peer: expect.stringMatching(/^127\.0\.0\.1:/),
    });
    expect(JSON.stringify(lines)).not.toMatch(/what is signed|first passphrase/);
  });

  test('answers what it was asked before it stops', async () => {
    const served = await serveSigner(config, { log: silentLog, clock: systemClock });
    using client = await connect(served.port);
    await client.health();
    const asked = client.createKey('ecdsa', GUN, 'timestamp'); // takes rounds of PBKDF2
    await client.health();
    await served.stop();
    expect((await asked).algorithm).toBe('ecdsa');
  });
});
