import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOurEngine } from './peers/engines.ts';
import { type Outcome, run } from './peers/run.ts';
import { createWorkspace, type Workspace } from './peers/workspace.ts';

const OURS = join(import.meta.dirname, '../../bin/trustsandbox.cjs');
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

let workspace: Workspace;
let engine: Awaited<ReturnType<typeof startOurEngine>>;
let env: Record<string, string>;

beforeAll(async () => {
  workspace = await createWorkspace();
  engine = await startOurEngine(workspace, '127.71.12.1:5000');
  await mkdir(workspace.at('bin'));
  const program = `#!/bin/sh\nTRUSTSANDBOX_PROGRAM=docker exec '${process.execPath}' '${OURS}' "$@"\n`;
  await writeFile(workspace.at('bin', 'docker'), program, { mode: 0o755 });
  const PATH = `${workspace.at('bin')}${delimiter}${process.env.PATH ?? ''}`;
  env = { PATH, HOME: workspace.path, DOCKER_HOST: engine.host, DOCKER_CONFIG: workspace.at('config') };
  await run('docker', ['load', '-q', '-i', ARCHIVE], { env });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await workspace[Symbol.asyncDispose]();
});

async function inShell(shell: string, script: string): Promise<Outcome> {
  const flags = shell === 'zsh' ? ['-fc'] : ['-c'];
  return run(shell, [...flags, script], { env, cwd: workspace.path });
}

test('bash completes commands, flags, their values and names with colons', async () => {
  const { stdout, stderr } = await inShell(
    'bash',
    `source <(docker completion bash)
    ask() { COMP_LINE="$1"; COMP_POINT=\${#1}; __docker_complete; echo "$1| \${COMPREPLY[*]}"; }
    ask 'docker imag'
    ask 'docker image l'
    ask 'docker rmi docker/trust'
    ask 'docker rmi docker/trusttest:l'
    ask 'docker images --no'
    ask 'docker inspect --type=v'
    ask 'docker -H unix:///nosuch rmi '
    ask 'docker bogus x'`,
  );
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual([
    'docker imag| image images',
    'docker image l| load ls',
    'docker rmi docker/trust| docker/trusttest:latest',
    'docker rmi docker/trusttest:l| latest',
    'docker images --no| --no-trunc',
    'docker inspect --type=v| volume',
    'docker -H unix:///nosuch rmi | ',
    'docker bogus x| ',
    '',
  ]);
});

test('zsh completes with what each candidate is', async () => {
  const { stdout } = await inShell(
    'zsh',
    `compdef() { echo "compdef $@" }
    _describe() { print -rl -- $candidates }
    _files() { echo files }
    source <(docker completion zsh)
    ask() { words=("$@"); CURRENT=$#; _docker }
    ask docker imag; ask docker rmi docker/trust; ask docker load -i ''`,
  );
  expect(stdout.split('\n')).toEqual([
    'compdef _docker docker',
    'image:Manage images',
    'images:List images',
    'docker/trusttest\\:latest',
    'files',
    '',
  ]);
});

test('fish completes with what each candidate is', async () => {
  await mkdir(workspace.at('.config', 'fish', 'completions'), { recursive: true });
  const { stdout } = await inShell(
    'fish',
    `docker completion fish > ~/.config/fish/completions/docker.fish
    complete -C 'docker imag'; complete -C 'docker rmi docker/trust'; complete -C 'docker images --no'`,
  );
  expect(stdout.split('\n')).toEqual([
    'image\tManage images',
    'images\tList images',
    'docker/trusttest:latest',
    "--no-trunc\tDon't truncate output",
    '',
  ]);
});

test('every shell takes the script for its own', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { status, stderr } = await inShell(shell, `docker completion ${shell} > script && ${shell} -n script`);
    expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: '' });
  }
});
