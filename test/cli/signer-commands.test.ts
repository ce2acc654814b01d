import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';
import { silentLog, systemClock } from '../../src/core/index.ts';
import { openNotaryDatabase, openServerKeys, parseSignerConfig, serveSigner } from '../../src/notary/index.ts';
import { SignerClient } from '../../src/notary/keys/remote/signer-client.ts';
import { parseGun } from '../../src/tuf/index.ts';
import { createPemFolder, issue } from '../notary/signer/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'cli-signer-'));
afterAll(() => rmSync(folder, { recursive: true }));
const home = join(folder, 'home');

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [stdout, stderr] = [captureOutput(), captureOutput()];
  const io = testIo({ stdout, stderr, cwd: folder, env: { TRUSTSANDBOX_HOME: home, ...env } });
  const status = await runProgram(trustsandboxProgram, args, io);
  return { status, stdout: stdout.text, stderr: stderr.text };
}

describe('the commands of a signer', () => {
  const ALIASES = { NOTARY_SIGNER_OLD: 'old passphrase', NOTARY_SIGNER_NEW: 'new passphrase' };
  let config: object;
  let keyids: string[];
  beforeEach(async () => {
    rmSync(join(folder, 'signer.db'), { force: true });
    const pems = await createPemFolder();
    const ca = issue('ca', { isCa: true });
    const tls = await pems.write(issue('signer', { by: ca }), [ca]);
    config = {
      server: {
        grpc_addr: '127.0.0.1:0',
        tls_cert_file: tls.certFile,
        tls_key_file: tls.keyFile,
        client_ca_file: tls.caFile,
      },
      storage: { backend: 'sqlite3', db_url: 'signer.db', default_alias: 'old' },
    };
    const text = JSON.stringify(config);
    writeFileSync(join(folder, 'signer.json'), text);
    const { value } = parseSignerConfig({ path: 'signer.json', text }, { environment: ALIASES, cwd: folder });
    await using served = await serveSigner(value, { log: silentLog, clock: systemClock });
    using client = await SignerClient.open({ hostname: '127.0.0.1', port: served.port, tls });
    const make = async (gun: string) => (await client.createKey('ecdsa', gun, 'timestamp')).keyid;
    keyids = [await make('example.com/a'), await make('example.com/b')];
    await client.sign(keyids[0] ?? '', Buffer.from('x'));
    await served.stop();
    await pems[Symbol.asyncDispose]();
  });

  test('list keys in a table', async () => {
    const { status, stdout } = await run(['signer', 'keys', 'list', '--config', 'signer.json'], ALIASES);
    expect(status).toBe(0);
    const [heading = '', ...lines] = stdout.trimEnd().split('\n');
    expect(heading.split(/\s{2,}/)).toEqual(['KEY ID', 'GUN', 'ROLE', 'ALGORITHM', 'ALIAS', 'CREATED', 'LAST USED']);
    expect(lines.map((line) => line.split(/\s{2,}/).slice(0, 5))).toEqual([
      [keyids[0], 'example.com/a', 'timestamp', 'ecdsa', 'old'],
      [keyids[1], 'example.com/b', 'timestamp', 'ecdsa', 'old'],
    ]);
    expect(lines[1]).toMatch(/Z +never$/);
  });

  test('list keys of one collection as JSON, without anything private', async () => {
    const args = ['signer', 'keys', 'list', '--config', 'signer.json', '--gun', 'example.com/b', '--format', 'json'];
    const { stdout } = await run(args); // needs no passphrase
    expect(JSON.parse(stdout)).toEqual({
      keyid: keyids[1],
      gun: 'example.com/b',
      role: 'timestamp',
      algorithm: 'ecdsa',
      alias: 'old',
      created: expect.stringMatching(/^\d{4}-.*Z$/),
      lastUsed: null,
    });
  });

  test('move keys under another alias, once', async () => {
    const args = ['signer', 'reencrypt', '--config', 'signer.json', '--from', 'old', '--to', 'new'];
    expect(await run(args, ALIASES)).toMatchObject({ status: 0, stdout: '2 keys now under new\n' });
    expect(await run(args, ALIASES)).toMatchObject({ status: 0, stdout: '0 keys now under new\n' });
    const { stdout } = await run([
      'signer',
      'keys',
      'list',
      '--config',
      'signer.json',
      '--alias',
      'NEW',
      '--format',
      'json',
    ]);
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  test.each([
    {
      what: 'a passphrase is not given',
      args: ['--from', 'old', '--to', 'other'],
      message: 'alias "other": no passphrase is given',
    },
    { what: 'both are the same', args: ['--from', 'old'], message: '--from and --to are the same alias' },
    { what: 'none is named', args: [], message: '--from must be given' },
  ])('move nothing when $what', async ({ args, message }) => {
    const { status, stderr } = await run(['signer', 'reencrypt', '--config', 'signer.json', ...args], ALIASES);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('old passphrase');
  });

  test('do not start a signer whose passphrase is the wrong one, and say so in one sentence', async () => {
    const { status, stderr } = await run(['serve', 'signer', '-config', 'signer.json'], {
      NOTARY_SIGNER_OLD: 'wrong one',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('alias "old": wrong passphrase: it does not open the keys in the database');
    expect(stderr).not.toContain('wrong one');
  });

  test('have nothing to do with keys in memory', async () => {
    writeFileSync(join(folder, 'memory.json'), JSON.stringify({ ...config, storage: { backend: 'memory' } }));
    const { status, stderr } = await run(['signer', 'keys', 'list', '--config', 'memory.json']);
    expect([status, stderr]).toEqual([1, expect.stringContaining('keys in memory are with their signer alone')]);
  });
});

test('notary-server keys change-secret encrypts the keys of a server anew', async () => {
  const path = join(folder, 'notary.db');
  const surroundings = { clock: systemClock, log: silentLog };
  const old = { kind: 'key-file', path: join(folder, 'old.key'), isMade: true } as const;
  const config = { storage: { backend: 'sqlite3', db_url: path }, trustsandbox: { key_file: 'old.key' } };
  writeFileSync(join(folder, 'notary.json'), JSON.stringify(config));
  let keyid: string;
  {
    await using database = await openNotaryDatabase(path);
    await using keys = await openServerKeys({ kind: 'local', secret: old }, { database, ...surroundings });
    ({ keyid } = await keys.createKey(parseGun('example.com/a'), 'timestamp'));
  }
  writeFileSync(join(folder, 'new.pass'), 'a new passphrase\n', { mode: 0o600 });
  const args = [
    'notary-server',
    'keys',
    'change-secret',
    '--config',
    'notary.json',
    '--to-passphrase-file',
    'new.pass',
  ];
  expect(await run(args)).toMatchObject({ status: 0, stdout: '1 key now encrypted with the new secret\n' });
  expect(await run(args)).toMatchObject({ status: 1, stderr: expect.stringContaining('wrong secret') });
  await using database = await openNotaryDatabase(path);
  const secret = { kind: 'passphrase-file', path: join(folder, 'new.pass') } as const;
  await using keys = await openServerKeys({ kind: 'local', secret }, { database, ...surroundings });
  expect(await keys.findSigner(parseGun('example.com/a'), 'timestamp', keyid)).toBeDefined();
});
