import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from '../sandbox/own-sandbox.ts';
import { Terminal } from '../sandbox/terminal.ts';
import { run } from './peers/run.ts';
import { talkWithShell } from './peers/shell-dialogue.ts';

/** The real docker CLI on the services of a sandbox, as if they were containers. */
const docker = execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim();
let sandbox: OwnSandbox;
let env: Record<string, string>;

beforeAll(async () => {
  sandbox = await openOwnSandbox('page');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const { stdout } = await sandbox.run(['env']);
  const host = /^export DOCKER_HOST='(.*)'$/m.exec(stdout)?.[1] ?? '';
  env = { ...sandbox.env, DOCKER_HOST: host };
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const ask = (...args: string[]) => run(docker, args, { env });
const askWith = (input: string, ...args: string[]) => run(docker, args, { env, input });

test('ps, inspect, port, network and volume show them', async () => {
  const { stdout } = await ask('ps', '--format', '{{.Names}} {{.State}} {{.Networks}}');
  expect(stdout).toBe(
    'page-notaryserver-1 running page_sandbox\nsandboxregistry running page_sandbox\ntrustsandbox running page_sandbox\n',
  );
  expect((await ask('ps', '-q', '--filter', 'ancestor=registry:2.4.1')).stdout).toMatch(/^[0-9a-f]{12}\n$/);
  expect((await ask('inspect', '-f', '{{.State.Status}} {{.Config.Image}}', 'sandboxregistry')).stdout).toBe(
    'running registry:2.4.1\n',
  );
  expect((await ask('port', 'sandboxregistry')).stdout).toMatch(/^5000\/tcp -> 127\.[\d.]+:5000\n$/);
  expect((await ask('network', 'ls', '--format', '{{.Name}}')).stdout).toBe('page_sandbox\n');
  expect((await ask('volume', 'ls', '-q')).stdout).toBe('page_notarycerts\n');
  expect((await ask('top', 'sandboxregistry')).stdout).toContain('trustsandbox registry');
});

describe('exec', () => {
  test('keeps outputs apart, reads input, and ends with the status of the command', async () => {
    const outcome = await askWith('in', 'exec', '-i', 'sandboxregistry', 'sh', '-c', 'cat; echo err >&2; exit 7');
    expect(outcome).toMatchObject({ stdout: 'in', stderr: 'err\n', status: 7 });
    expect((await ask('exec', 'sandboxregistry', 'no-such-command')).status).toBe(127);
    expect((await ask('exec', '-w', '/tmp', '-e', 'A=1', 'sandboxregistry', 'sh', '-c', 'pwd; echo $A')).stdout).toBe(
      '/tmp\n1\n',
    );
  });

  test('carries many bytes both ways', async () => {
    const many = 'x'.repeat(3_000_000);
    expect((await askWith(many, 'exec', '-i', 'sandboxregistry', 'cat')).stdout).toHaveLength(many.length);
  });

  test('gives a terminal, of the size of its own and resized with it, in which Ctrl-C works', async () => {
    using terminal = new Terminal(docker, ['exec', '-it', 'sandboxregistry', 'sh'], {
      cwd: sandbox.folder,
      env,
      columns: 97,
    });
    await talkWithShell(terminal);
  });
});

test('logs, stop, start, restart, kill and wait work, and events tell of them', async () => {
  expect((await ask('logs', '--tail', '1', 'sandboxregistry')).stdout).toContain('service started');
  const following = ask('logs', '-f', 'sandboxregistry'); // ends when the service does
  const waiting = ask('wait', 'sandboxregistry');
  for (const command of ['stop', 'start', 'restart', 'kill', 'start']) {
    expect(await ask(command, 'sandboxregistry')).toMatchObject({ status: 0, stdout: 'sandboxregistry\n' });
  }
  expect((await following).stdout).toContain('service started');
  expect((await waiting).stdout).toBe('0\n');
  // clients ask in whole seconds: up to the one that has not begun
  const { stdout } = await ask(
    'events',
    '--since',
    '5m',
    '--until',
    String(Math.ceil(Date.now() / 1000) + 1),
    '--filter',
    'container=sandboxregistry',
    '--format',
    '{{.Action}}',
  );
  expect(
    stdout
      .split('\n')
      .filter((line) => /^(kill|die|stop|start)$/.test(line))
      .join(' '),
  ).toBe('die stop start die stop start kill die stop start');
});

test('images are searched, imported, listed, measured and pruned', async () => {
  expect((await ask('pull', '-q', 'docker/trusttest')).status).toBe(0);
  expect((await ask('search', '--format', '{{.Name}}', 'trust')).stdout).toBe('docker/trusttest\n');
  const tar = execFileSync('tar', ['c', '-C', sandbox.folder, '.']).toString('latin1');
  expect((await askWith(tar, 'import', '-c', 'CMD ["sh"]', '-', 'mine:1')).stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  expect((await ask('images', '--format', '{{.Repository}}', '--filter', 'reference=mine')).stdout).toBe('mine\n');
  expect((await ask('system', 'df', '--format', '{{.Type}} {{.TotalCount}}')).stdout).toMatch(
    /^Images 2\nContainers 3\nLocal Volumes 1\n/,
  );
  expect((await ask('image', 'prune', '-af')).stdout).toContain('untagged: mine:1');
  expect((await ask('system', 'prune', '-f')).status).toBe(0);
  expect((await ask('images', '-q')).stdout).toBe('');
});

test('cp takes files out of a box and puts them in, and stats says what is used', async () => {
  const note = join(sandbox.folder, 'note');
  await writeFile(note, 'by cp\n');
  expect(await ask('cp', note, 'sandboxregistry:/var/lib/registry/note')).toMatchObject({ status: 0 });
  expect((await ask('exec', 'sandboxregistry', 'cat', '/var/lib/registry/note')).stdout).toBe('by cp\n');
  expect(await ask('cp', 'sandboxregistry:/var/lib/registry/note', `${note}2`)).toMatchObject({ status: 0 });
  expect(await readFile(`${note}2`, 'utf8')).toBe('by cp\n');
  const missing = await ask('cp', 'sandboxregistry:/nosuch', '-');
  expect(missing.stderr).toContain('Could not find the file /nosuch in container sandboxregistry');
  const stats = await ask('stats', '--no-stream', '--format', '{{.Name}} {{.PIDs}}', 'sandboxregistry');
  expect(stats.stdout).toBe('sandboxregistry 1\n');
});

test('what it can not do is said in a sentence', async () => {
  for (const args of [
    ['run', 'x'],
    ['rm', '-f', 'sandboxregistry'],
    ['pause', 'sandboxregistry'],
    ['diff', 'sandboxregistry'],
  ]) {
    const { status, stderr } = await ask(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain('not available in this engine');
  }
});
