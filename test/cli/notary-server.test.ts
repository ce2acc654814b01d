import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { trustsandboxProgram } from '../../src/cli/trustsandbox-program.ts';
import { openNotaryDatabase } from '../../src/notary/index.ts';
import { files, publishNew, startServer } from '../notary/running-server.ts';
import { newTarget, signTargets, TEST_NOW } from '../tuf-repository.ts';

const folder = mkdtempSync(join(tmpdir(), 'notary-admin-'));
const path = join(folder, 'notary.db');
const config = join(folder, 'server.json');
afterAll(() => rmSync(folder, { recursive: true }));

const GUN = 'example.com/team/app';

beforeAll(async () => {
  writeFileSync(config, JSON.stringify({ storage: { backend: 'sqlite3', db_url: path } }));
  await using server = await startServer({ path, authorize: async () => 'alice' });
  const repository = await publishNew(server.client, GUN);
  const targets = new Map([['v1', newTarget('one')]]);
  await server.client.publish(
    repository.name,
    files({ targets: (await signTargets(repository, { version: 2, targets })).bytes }),
  );
  await publishNew(server.client, 'example.com/other');
});

async function run(command: string, parts: { days?: number; config?: string } = {}) {
  const [stdout, stderr] = [captureOutput(), captureOutput()];
  const clock = { now: () => new Date(TEST_NOW.getTime() + (parts.days ?? 0) * 86_400_000) };
  const stdin = { isTerminal: false, raw: Readable.from([]) as unknown as Io['stdin']['raw'] };
  const io = testIo({ stdin, stdout, stderr, clock, cwd: folder, env: { TRUSTSANDBOX_HOME: folder } });
  const words = command.split(' ').map((word) => word.replaceAll('\u00a0', ' '));
  const argv = ['notary-server', ...words, '--config', parts.config ?? config];
  const status = await runProgram(trustsandboxProgram, argv, io);
  return {
    status,
    stdout: stdout.text,
    stderr: stderr.text,
    json: () =>
      stdout.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

describe('notary-server', () => {
  test('gun list shows the newest versions', async () => {
    const { stdout } = await run('gun list');
    expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/).slice(0, 6))).toEqual([
      ['GUN', 'ROOT', 'TARGETS', 'SNAPSHOT', 'TIMESTAMP', 'FILES'],
      ['example.com/other', '1', '1', '1', '1', '4'],
      [GUN, '1', '2', '2', '2', '7'],
      [''],
    ]);
    expect((await run('gun list --prefix example.com/t -q')).stdout).toBe(`${GUN}\n`);
    expect((await run('gun ls --format json')).json()).toMatchObject([
      { gun: 'example.com/other' },
      { gun: GUN, files: 7 },
    ]);
  });

  test('gun show shows roles, keys and targets', async () => {
    const { stdout } = await run(`gun show ${GUN}`);
    expect(stdout).toMatch(/^ROLE +VERSION +EXPIRES +KEYS +SIGNED BY$/m);
    expect(stdout).toMatch(/^targets +2 +2029\S+ +1 of [0-9a-f]{12} +[0-9a-f]{12}$/m);
    expect(stdout).toMatch(/^v1 +3 +[0-9a-f]{64} +targets$/m);
    expect(
      (await run(`gun show ${GUN} --format json`)).json()[0].roles.map(({ role }: { role: string }) => role),
    ).toEqual(['root', 'targets', 'snapshot', 'timestamp']);
  });

  test('gun history shows versions, newest first', async () => {
    const rows = (await run(`gun history ${GUN} targets --format json`)).json();
    expect(rows).toMatchObject([{ version: 2 }, { version: 1 }]);
    expect((await run(`gun history ${GUN} targets -n 1`)).stdout.trim().split('\n')).toHaveLength(2);
    expect((await run(`gun history ${GUN}`)).stdout.trim().split('\n')).toHaveLength(8);
  });

  test('gun diff shows what came, in words and as data', async () => {
    const { stdout, status } = await run(`gun diff ${GUN} targets 1 2`);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^targets 1 -> 2\n(?:~ expires .*\n)?\+ file v1 \(3 bytes, sha256:[0-9a-f]{64}\)\n$/),
    ]);
    expect((await run(`gun diff ${GUN} targets 1 2 --format json`)).json()[0].files.added).toMatchObject([
      { name: 'v1' },
    ]);
    expect(await run(`gun diff ${GUN} targets 1 9`)).toMatchObject({
      status: 1,
      stderr: `targets 9 of ${GUN} is not stored\n`,
    });
  });

  test('keys list shows whose keys there are, and nothing private', async () => {
    const keys = (await run(`keys list --gun ${GUN} --format json`)).json();
    expect(keys).toMatchObject([
      { gun: GUN, role: 'timestamp', keytype: 'ed25519', heldBy: 'database' },
      { gun: GUN, role: 'snapshot' },
    ]);
    expect(Object.keys(keys[0])).toEqual(['keyid', 'gun', 'role', 'keytype', 'created', 'heldBy']);
  });

  test('expiry has a status for cron, and leaves out what the server renews', async () => {
    expect(await run('expiry')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const late = await run('expiry --format json', { days: 1095 - 20 });
    expect(late.status).toBe(2);
    expect(late.json()).toMatchObject([
      { gun: 'example.com/other', role: 'targets', isRenewed: false },
      { gun: GUN, role: 'targets', what: { kind: 'metadata', version: 2 } },
    ]);
    expect((await run('expiry --all --within 15d --format {{.Role}}:{{.Renewed}}')).stdout.split('\n').sort()).toEqual([
      '',
      'timestamp:server',
      'timestamp:server',
    ]);
    const root = (await run('expiry --prefix example.com/team --format json --within 40d', { days: 3630 })).json();
    expect(root.filter(({ role }: { role: string }) => role === 'root')).toMatchObject([
      { what: { kind: 'metadata' } },
      { what: { kind: 'certificate' } },
    ]);
    const long = await run('expiry --within 4000d --format {{.Role}}');
    expect(new Set(long.stdout.trim().split('\n'))).toEqual(new Set(['root', 'targets']));
    expect(await run('expiry -q', { days: 1095 })).toMatchObject({ status: 2, stdout: '' });
  });

  test('audit list, head and verify agree', async () => {
    const entries = (await run('audit list --format json')).json();
    expect(entries.map(({ action, subject }: Record<string, string>) => `${action} ${subject}`)).toEqual([
      ...['create-key alice', 'create-key alice', 'publish alice', 'publish alice'],
      ...['create-key alice', 'create-key alice', 'publish alice'],
    ]);
    const head = (await run('audit head')).stdout.trim();
    expect(head).toBe(entries.at(-1).hash);
    expect(await run(`audit verify --head ${head}`)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`${head} is in it`),
    });
    expect(await run(`audit verify --head ${'0'.repeat(63)}1`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is in no entry'),
    });
    expect((await run(`audit list --gun ${GUN} -n 1 --format {{.What}}`)).stdout).toBe(
      'targets 2, snapshot 2, timestamp 2\n',
    );
    expect((await run('audit list --since 2030-01-01')).stdout).toMatch(/^SEQUENCE.*\n$/);
  });

  test.each([
    { command: `gun show ${GUN}`, format: '{{.gun}}:{{range .roles}}{{.version}},{{end}}', text: `${GUN}:1,2,2,2,\n` },
    { command: `gun diff ${GUN} targets 1 2`, format: '{{range .files.added}}{{.name}}{{end}}', text: 'v1\n' },
    { command: 'audit head', format: '{{.sequence}}', text: '7\n' },
    { command: 'audit verify', format: '{{.files}}', text: '11\n' },
  ])('$command takes a template', async ({ command, format, text }) => {
    expect(await run(`${command} --format ${format.replaceAll(' ', '\u00a0')}`)).toMatchObject({
      stdout: text,
      status: 0,
    });
  });

  test.each([
    { command: 'gun show none', status: 1, stderr: /^nothing is stored of none\n$/ },
    { command: 'gun show a*b', status: 1, stderr: /^trustsandbox: / },
    { command: 'gun history a/b Root', status: 1, stderr: /^trustsandbox: / },
    { command: `gun diff ${GUN} targets x 2`, status: 1, stderr: /VERSION: want a whole number from 1, found "x"/ },
    { command: 'expiry --within soon', status: 1, stderr: /--within: want a duration such as 30d or 12h/ },
    { command: 'audit list --since yesterday', status: 1, stderr: /--since: want 2026-11-24/ },
    { command: 'audit list --action steal', status: 1, stderr: /--action: want one of publish/ },
    { command: 'audit verify --head abc', status: 1, stderr: /64 hexadecimal digits/ },
    { command: 'gun list --format {{.Nope}}', status: 1, stderr: /can't evaluate field Nope/ },
    { command: `gun delete ${GUN}`, status: 1, stderr: /^nothing was deleted\n$/ },
    { command: 'gun delete none -y', status: 1, stderr: /^nothing is stored of none\n$/ },
  ])('$command says what is wrong', async ({ command, status, stderr }) => {
    expect(await run(command)).toMatchObject({ status, stderr: expect.stringMatching(stderr) });
  });

  test('gun delete forgets a collection, a running server with it, and says who did it in the audit log', async () => {
    await using server = await startServer({ path });
    const read = async () => (await fetch(`${server.url}/v2/example.com/other/_trust/tuf/root.json`)).status;
    expect([await read(), await read()]).toEqual([200, 200]);
    expect(await run('gun delete example.com/other -y')).toMatchObject({
      status: 0,
      stdout: 'deleted: example.com/other\n',
    });
    expect(await read()).toBe(404);
    expect((await run('gun list -q')).stdout).toBe(`${GUN}\n`);
    expect((await run('audit list -n 1 --format json')).json()).toMatchObject([
      { action: 'delete', gun: 'example.com/other', subject: expect.stringContaining('(command line)') },
    ]);
    expect(await run('audit verify')).toMatchObject({ status: 0 });
  });

  test('audit verify ends with 1 and the first break when the log was changed', async () => {
    {
      await using database = await openNotaryDatabase(path);
      await database.query.deleteFrom('audit_log').where('sequence', '=', 3).execute();
    }
    expect(await run('audit verify')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'entry 3 is missing: the next is entry 4\n',
    });
  });
});
