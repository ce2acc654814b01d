import { type ChildProcess, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Terminal } from '../sandbox/terminal.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/trustsandbox.cjs');
const folder = mkdtempSync(join(tmpdir(), 'cli-serve-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs the program; its environment is ours and nothing else. */
function start(args: readonly string[], { env = {}, input }: { env?: Record<string, string>; input?: string } = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, TRUSTSANDBOX_HOME: at('home'), ...env },
    cwd: folder,
  });
  children.push(child);
  child.stdin.end(input);
  let [stdout, stderr] = ['', ''];
  const waiting: (() => void)[] = [];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    for (const wake of waiting.splice(0)) wake();
  });
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
      for (const wake of waiting.splice(0)) wake();
    });
  });
  const lines = () => stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  return {
    child,
    ended,
    lines,
    /** The line of that event, once it was logged. */
    async logged(event: string): Promise<Record<string, string>> {
      for (;;) {
        const found = lines().find(({ msg }) => msg === event);
        if (found) return found;
        if (child.exitCode !== null) throw new Error(`ended without ${event}: ${stderr}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

const passwd = (user: string, password: string, ...more: string[]) =>
  start(['registry', 'passwd', ...more, 'htpasswd', user], { input: password }).ended;
const status = async (url: string, user?: string, password?: string): Promise<number> => {
  const headers = user
    ? { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
    : undefined;
  return (await fetch(url, headers ? { headers } : {})).status;
};

describe('serve registry', () => {
  test('serves without a file, over the environment alone, until it is told to stop', async () => {
    const server = start(['serve', 'registry'], { env: { REGISTRY_HTTP_ADDR: '127.0.0.1:0' } });
    const { url = '' } = await server.logged('listening');
    const posted = await fetch(`${url}/v2/a/blobs/uploads/`, { method: 'POST' });
    expect(posted.status).toBe(202);
    server.child.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
    expect(server.lines().map(({ msg }) => msg)).toEqual(['listening', 'request', 'stopping', 'stopped']);
    expect(statSync(at('home/_registry/data/docker')).isDirectory()).toBe(true);
  });

  test('reads its users anew when they change, and its file by REGISTRY_CONFIGURATION_PATH', async () => {
    await passwd('alice', 'secret');
    writeFileSync(
      at('c.yml'),
      `version: 0.1\nstorage: inmemory\nhttp: {addr: "127.0.0.1:0"}\nauth: {htpasswd: {realm: r, path: htpasswd}}\nx: 1\n`,
    );
    const server = start(['serve', 'registry'], { env: { REGISTRY_CONFIGURATION_PATH: 'c.yml' } });
    const { url = '' } = await server.logged('listening');
    expect(server.lines()[0]).toMatchObject({
      level: 'warn',
      msg: 'configuration',
      setting: 'c.yml:5: x: is not known, and has no effect',
    });
    expect([await status(`${url}/v2/`), await status(`${url}/v2/`, 'alice', 'secret')]).toEqual([401, 200]);
    await passwd('bob', 'hidden');
    server.child.kill('SIGHUP');
    await server.logged('reloaded');
    expect(await status(`${url}/v2/`, 'bob', 'hidden')).toBe(200);
    server.child.kill('SIGINT');
    expect((await server.ended).status).toBe(0);
  });

  test.each([
    {
      why: 'a file with mistakes',
      text: 'version: 0.1\nstorage: {gcs: {}}\nhttp: {addr: nowhere}\n',
      says: 'c.yml:3: http.addr: want host:port, found "nowhere"',
    },
    { why: 'no such file', text: undefined, says: 'configuration cannot be read: ENOENT' },
    {
      why: 'an address that is not its own',
      text: 'version: 0.1\nstorage: inmemory\nhttp: {addr: "198.51.100.1:5000"}\n',
      says: 'cannot start: listen EADDRNOTAVAIL',
    },
    {
      why: 'no certificate where there should be one',
      text: 'version: 0.1\nstorage: inmemory\nhttp: {tls: {certificate: none.crt, key: none.key}}\n',
      says: 'cannot start: ENOENT',
    },
    {
      why: 'a certificate that is none',
      text: 'version: 0.1\nstorage: inmemory\nhttp: {addr: "127.0.0.1:0", tls: {certificate: c.yml, key: c.yml}}\n',
      says: 'cannot start: error:',
    },
    {
      why: 'no users',
      text: 'version: 0.1\nauth: {htpasswd: {realm: r, path: none}}\n',
      says: 'none: ENOENT',
    },
  ])('ends with 1 and says why, with $why', async ({ text, says }) => {
    rmSync(at('c.yml'), { force: true });
    if (text !== undefined) writeFileSync(at('c.yml'), text);
    const { status: ended, stderr } = await start(['serve', 'registry', 'c.yml']).ended;
    expect(ended).toBe(1);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain('not expected');
  });
});

describe('serve tokens', () => {
  const config = `
issuer: issuer
services: [registry]
users: htpasswd
keys: keys
http: {addr: "127.0.0.1:0"}
grants:
  - {user: alice, repository: "team/**", actions: [pull, push]}
  - {user: anonymous, repository: "public/*", actions: pull}
`;

  test('gives tokens, and keeps its key for the next start', async () => {
    await passwd('alice', 'secret');
    writeFileSync(at('t.yml'), config);
    const first = start(['serve', 'tokens', 't.yml']);
    const { url = '' } = await first.logged('listening');
    expect(await status(`${url}/token?service=registry`, 'alice', 'secret')).toBe(200);
    expect(await status(`${url}/token?service=registry`, 'alice', 'guess')).toBe(401);
    first.child.kill('SIGTERM');
    expect((await first.ended).status).toBe(0);
    const key = readFileSync(at('keys/signing.key'), 'utf8');
    expect([statSync(at('keys/signing.key')).mode & 0o777, statSync(at('keys')).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(new X509Certificate(readFileSync(at('keys/signing.crt'))).subject).toBe('CN=issuer');
    const again = start(['serve', 'tokens', 't.yml'], { env: { TRUSTSANDBOX_TOKENS_X5C: 'false' } });
    await again.logged('listening');
    expect(readFileSync(at('keys/signing.key'), 'utf8')).toBe(key);
    const [jwk] = JSON.parse(readFileSync(at('keys/jwks.json'), 'utf8')).keys;
    expect(jwk).toMatchObject({ kty: 'EC', alg: 'ES256', use: 'sig' });
    expect(jwk).not.toHaveProperty('d');
    expect(jwk).not.toHaveProperty('x5c');
  });

  test('says everything that is wrong with its file', async () => {
    writeFileSync(
      at('t.yml'),
      'issuer: a\nservices: [a]\nkeys: k\nalgorithm: none\ntokens: {lifetime: 5s}\ngrants:\n  - {user: x, repository: "a b", actions: [fly]}\n  - {repository: a}\n',
    );
    const { status: ended, stderr } = await start(['serve', 'tokens', 't.yml']).ended;
    expect([ended, stderr.trim().split('\n')]).toEqual([
      1,
      [
        't.yml:2: services: a is the issuer itself',
        't.yml:5: tokens.lifetime: want 60s at least',
        't.yml:1: users: must be given',
        't.yml:4: algorithm: want one of ES256, RS256, found "none"',
        't.yml:7: grants[0].actions: "fly" is none of pull, push, delete, *',
        expect.stringContaining('t.yml:7: grants[0].repository: "a b" is no pattern of names'),
        't.yml:8: grants[1].user: must be given: a name, * or anonymous',
        't.yml:8: grants[1].actions: must be given: pull, push, delete or *',
      ],
    ]);
  });
});

describe('registry passwd', () => {
  test('adds, changes and removes users, and leaves the others alone', async () => {
    rmSync(at('htpasswd'), { force: true });
    const said = async (...args: Parameters<typeof passwd>) => (await passwd(...args)).stdout;
    expect(await said('alice', 'one\n')).toBe('Added user alice\n');
    expect(await said('bob', 'two')).toBe('Added user bob\n');
    expect(statSync(at('htpasswd')).mode & 0o777).toBe(0o600);
    expect(await said('alice', 'three', '--cost', '5')).toBe('Changed password of user alice\n');
    expect(readFileSync(at('htpasswd'), 'utf8')).toMatch(/^bob:\$2b\$10\$.{53}\nalice:\$2b\$05\$.{53}\n$/);
    expect(await said('bob', '', '--remove')).toBe('Removed user bob\n');
    expect(readFileSync(at('htpasswd'), 'utf8')).toMatch(/^alice:\S+\n$/);
  });

  test('asks twice in a terminal, and shows nothing of it', async () => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const ask = async (first: string, second: string) => {
      using terminal = new Terminal(process.execPath, [PROGRAM, 'registry', 'passwd', 'typed', 'dora'], {
        cwd: folder,
        env,
      });
      let shown = await terminal.until(/New password for dora: /);
      terminal.type(`${first}\r`);
      shown += await terminal.until(/Repeat password: /);
      terminal.type(`${second}\r`);
      shown += await terminal.until(/Added user dora|do not match/);
      return { shown, status: await terminal.exit };
    };
    expect(await ask('hidden1', 'hidden2')).toMatchObject({ status: 1 });
    const { shown, status: ended } = await ask('hidden', 'hidden');
    expect([ended, shown.includes('hidden')]).toEqual([0, false]);
    expect(readFileSync(at('typed'), 'utf8')).toMatch(/^dora:\$2b\$10\$/);
  });

  test.each([
    { why: 'no password', user: 'carol', password: '', args: [], says: 'a password is needed' },
    {
      why: 'a password bcrypt would cut',
      user: 'carol',
      password: 'x'.repeat(73),
      args: [],
      says: 'bcrypt takes up to 72',
    },
    { why: 'a name with a colon', user: 'a:b', password: 'x', args: [], says: `"a:b" can't be a user's name` },
    {
      why: 'a cost that is no cost',
      user: 'carol',
      password: 'x',
      args: ['--cost', '99'],
      says: '--cost: want 5 to 16',
    },
    {
      why: 'a user to remove that is not there',
      user: 'nobody',
      password: '',
      args: ['--remove'],
      says: 'has no user nobody',
    },
  ])('refuses $why', async ({ user, password, args, says }) => {
    const { status: ended, stderr } = await passwd(user, password, ...args);
    expect([ended, stderr]).toEqual([1, expect.stringContaining(says)]);
  });
});

describe('serve notary', () => {
  const memory = { server: { http_addr: '127.0.0.1:0' }, storage: { backend: 'memory' } };

  test("takes notary-server's flags, says what has no effect, and is told by signals", async () => {
    writeFileSync(at('notary.json'), JSON.stringify({ ...memory, logging: { level: 'info' } }));
    const env = { NOTARY_SERVER_STORAGE_TYPE: 'memory' };
    const server = start(['serve', 'notary', '-config', 'notary.json', '-logf', 'json'], { env });
    expect(await server.logged('configuration')).toMatchObject({
      level: 'warn',
      setting: expect.stringMatching(/^NOTARY_SERVER_STORAGE_TYPE: is not known, .* NOTARY_SERVER_STORAGE_BACKEND/),
    });
    await server.logged('listening');
    server.child.kill('SIGUSR2');
    expect(await server.logged('log level changed')).toMatchObject({ to: 'warn' });
    server.child.kill('SIGUSR1');
    writeFileSync(
      at('notary.json'),
      JSON.stringify({ ...memory, logging: { level: 'info' }, trustsandbox: { audit: false } }),
    );
    server.child.kill('SIGHUP');
    expect(await server.logged('this needs a restart to take effect')).toMatchObject({ setting: 'trustsandbox.audit' });
    await server.logged('reloaded');
    server.child.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  });

  test('serves without a file, and keeps what was published', async () => {
    const env = { NOTARY_SERVER_SERVER_HTTP_ADDR: '127.0.0.1:0' };
    const server = start(['serve', 'notary'], { env });
    const { url = '' } = await server.logged('listening');
    const key = await (await fetch(`${url}/v2/a/_trust/tuf/timestamp.key`)).text();
    server.child.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
    const again = start(['serve', 'notary'], { env });
    const { url: other = '' } = await again.logged('listening');
    expect(await (await fetch(`${other}/v2/a/_trust/tuf/timestamp.key`)).text()).toBe(key);
    expect(statSync(at('home/_notary')).mode & 0o077).toBe(0);
  });

  test.each([
    { what: 'a file that is not there', args: ['none.json'], message: 'configuration cannot be read: ENOENT' },
    {
      what: 'a file given twice',
      args: ['-config', 'a.json', 'b.json'],
      message: 'the configuration file is given twice',
    },
    { what: 'a format that is none', args: ['-logf', 'xml'], message: '-logf: want json or logfmt, found "xml"' },
    {
      what: 'MySQL',
      args: [],
      env: { NOTARY_SERVER_STORAGE_BACKEND: 'mysql', NOTARY_SERVER_STORAGE_DB_URL: 'u:hunter2@tcp(h)/d' },
      message: 'NOTARY_SERVER_STORAGE_BACKEND: storage.backend: mysql is not served from: `notary-server import`',
    },
    {
      what: 'an address that is none of ours',
      args: [],
      env: { NOTARY_SERVER_SERVER_HTTP_ADDR: '192.0.2.1:1' },
      message: 'cannot start: ',
    },
  ])('ends and says why with $what', async ({ args, env = {}, message }) => {
    const ended = await start(['serve', 'notary', ...args], { env: { ...env } }).ended;
    expect(ended).toMatchObject({ status: 1, stderr: expect.stringContaining(message) });
    expect(ended.stderr).not.toContain('hunter2');
  });

  test('-bootstrap makes the database, and ends', async () => {
    const env = { NOTARY_SERVER_STORAGE_BACKEND: 'sqlite3', NOTARY_SERVER_STORAGE_DB_URL: 'made.db' };
    expect(await start(['serve', 'notary', '-bootstrap'], { env }).ended).toMatchObject({ status: 0 });
    expect(statSync(at('made.db')).isFile()).toBe(true);
  });

  test.each([
    { kind: 'notary', name: 'notary-server' },
    { kind: 'signer', name: 'notary-signer' },
  ])('-version of serve $kind says whose place it takes, without a configuration', async ({ kind, name }) => {
    expect(await start(['serve', kind, '-version']).ended).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(new RegExp(`^${name} Version: trustsandbox \\S+, Node.js version: v\\S+\n$`)),
    });
  });
});
