import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dockerProgram } from '../../src/cli/docker-program.ts';
import type { Io } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trust-keys-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function run(words: string, { input = '', config = 'config', program = trustsandboxProgram } = {}) {
  const [stdout, stderr] = [captureOutput(), captureOutput()];
  const stream = new PassThrough();
  stream.end(input);
  const stdin = { isTerminal: false, raw: stream as unknown as Io['stdin']['raw'] };
  const env = { HOME: home, DOCKER_CONFIG: join(home, config), TRUSTSANDBOX_HOME: join(home, 'state') };
  const status = await runProgram(program, words.split(' '), testIo({ env, cwd: home, stdin, stdout, stderr }));
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** A file that holds a passphrase, and only its owner may read. */
async function secret(name: string, text: string, mode = 0o600): Promise<string> {
  await writeFile(join(home, name), text, { mode });
  await chmod(join(home, name), mode);
  return name;
}

const generate = async (name: string) =>
  run(`trust key generate ${name} --passphrase-file ${await secret('pass', 'first-secret\n')}`);
const ids = async (config?: string) =>
  (await run('trust key list -q', config ? { config } : {})).stdout.split('\n').filter(Boolean);

describe('trust key', () => {
  test('list shows keys as a table, as JSON, or their ids', async () => {
    await generate('bob');
    await generate('alice');
    const { stdout } = await run('trust key list');
    expect(stdout).toMatch(/^KEY ID +ROLE +REPOSITORY\n[0-9a-f]{64} +alice +\n[0-9a-f]{64} +bob +\n$/);
    const lines = (await run('trust key ls --format json')).stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).Role)).toEqual(['alice', 'bob']);
    expect(await ids()).toHaveLength(2);
  });

  test('export and import carry keys elsewhere, still encrypted', async () => {
    await generate('alice');
    const [id = ''] = await ids();
    expect((await run(`trust key export ${id.slice(0, 8)} -o keys.pem`)).status).toBe(0);
    expect((await run('trust key import keys.pem', { config: 'other' })).stdout).toBe(`Imported alice key ${id}\n`);
    const passwd = `trust key passwd ${id} --passphrase-stdin`;
    expect((await run(passwd, { config: 'other', input: 'wrong\nsecond-secret\n' })).stderr).toContain(
      `the passphrase does not open key ${id}`,
    );
    expect((await run(passwd, { config: 'other', input: 'first-secret\nsecond-secret\n' })).status).toBe(0);
    expect((await run(passwd, { config: 'other', input: 'first-secret\nthird-secret\n' })).status).toBe(1);
    expect((await run(passwd, { config: 'other', input: 'second-secret\nthird-secret\n' })).status).toBe(0);
  });

  test('import opens what OpenSSL has encrypted', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'from-openssl' });
    await writeFile(join(home, 'theirs.pem'), pem);
    const file = await secret('theirs', 'from-openssl');
    expect(await run(`trust key import theirs.pem --name carol --passphrase-file ${file}`)).toMatchObject({
      status: 0,
    });
    expect((await run('trust key list')).stdout).toContain('carol');
  });

  test('passwd takes the new passphrase from a file of its own', async () => {
    await generate('alice');
    const [id] = await ids();
    const [now, next] = [await secret('now', 'first-secret'), await secret('next', 'second-secret')];
    expect((await run(`trust key passwd ${id} --passphrase-file ${now} --new-passphrase-file ${next}`)).status).toBe(0);
    expect((await run(`trust key passwd ${id} --passphrase-file ${now} --new-passphrase-file ${next}`)).status).toBe(1);
  });

  test('remove asks, unless told not to', async () => {
    await generate('alice');
    const [id] = await ids();
    expect((await run(`trust key remove ${id}`, { input: 'n\n' })).status).toBe(0);
    expect(await ids()).toEqual([id]);
    expect((await run(`trust key rm -y ${id}`)).stdout).toBe(`Removed alice key ${id}\n`);
    expect(await readdir(join(home, 'config/trust/private'))).toEqual([]);
  });

  test.each(['0123456', 'nosuch', '0'.repeat(64)])('says so when there is no key %s', async (key) => {
    await generate('alice');
    for (const verb of ['remove -y', 'export', 'passwd']) {
      expect(await run(`trust key ${verb} ${key}`)).toMatchObject({ status: 1, stderr: `no such key: ${key}\n` });
    }
  });
});

describe('a passphrase file', () => {
  test.each([
    { why: 'others may read', text: 'first-secret', mode: 0o644, says: 'must not be readable or writable by others' },
    { why: 'is empty', text: '\n', mode: 0o600, says: 'the passphrase that was given is empty' },
  ])('that $why is not used', async ({ text, mode, says }) => {
    const { status, stderr } = await run(
      `trust key generate alice --passphrase-file ${await secret('bad', text, mode)}`,
    );
    expect(status).toBe(1);
    expect(stderr).toContain(says);
    expect(await ids()).toEqual([]);
  });

  test('is not used together with stdin, and never shown', async () => {
    const file = await secret('pass', 'first-secret');
    const { stderr } = await run(`trust key generate alice --passphrase-file ${file} --passphrase-stdin`);
    expect(stderr).toContain('--passphrase-file and --passphrase-stdin are mutually exclusive');
    const { stdout } = await run('trust key generate alice --passphrase-stdin', { input: 'first-secret\n' });
    expect(stdout).not.toContain('first-secret');
    expect(await readFile(join(home, 'alice.pub'), 'utf8')).toContain('role: alice');
  });
});

test('docker has the same commands, and the help it always had', async () => {
  const { stdout } = await run('trust key --help', { program: dockerProgram });
  expect(stdout).not.toContain('passwd');
  expect((await run('trust key list', { program: dockerProgram })).status).toBe(0);
  expect((await run('trust key --help')).stdout).toContain('passwd');
});
