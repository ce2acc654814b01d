import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from '../sandbox/own-sandbox.ts';
import { Terminal } from '../sandbox/terminal.ts';
import { type Outcome, run } from './peers/run.ts';
import { talkWithShell } from './peers/shell-dialogue.ts';

/** docker's commands about containers and ours, by turns, on the services of one sandbox by its Engine. */
const OURS = [process.execPath, join(import.meta.dirname, '../../bin/trustsandbox.cjs')];
let sandbox: OwnSandbox;
let env: Record<string, string>;

beforeAll(async () => {
  sandbox = await openOwnSandbox('page');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const { stdout } = await sandbox.run(['env']);
  const host = /^export DOCKER_HOST='(.*)'$/m.exec(stdout)?.[1] ?? '';
  env = { HOME: sandbox.folder, DOCKER_HOST: host, TRUSTSANDBOX_PROGRAM: 'docker' };
  await writeFile(join(sandbox.folder, 'env1'), 'A=1\n# c\n\n  B=2\nHOME\nNOPE\n');
  await writeFile(join(sandbox.folder, 'env2'), 'A B=1\n');
});
afterAll(() => sandbox[Symbol.asyncDispose]());

/** `{}` where the command is to be typed with braces of Go's templates, which stay as they are. */
const LINES = [
  'ps',
  'ps -a --no-trunc',
  'ps -q',
  'ps --format json',
  'ps --format raw',
  'ps -q --format raw',
  'ps -q --format x',
  'ps --format "{{json .}}"',
  'ps --format "table {{.Names}}\\t{{.Networks}}\\t{{.Mounts}}"',
  'ps --format "{{.Foo}}"',
  'ps --format "{{.ID"',
  'ps -ls',
  'ps -n 1 -q',
  'ps -n x',
  'ps -f foo',
  'ps -f foo=bar',
  'ps -f name=registry',
  'ps --filter status=x',
  'ps -s --format "{{.Size}}"',
  'stop nosuch nosuch2',
  'start nosuch sandboxregistry',
  'restart nosuch',
  'kill nosuch',
  'kill -s FOO sandboxregistry',
  'wait nosuch',
  'top nosuch',
  'top',
  'top sandboxregistry',
  'top sandboxregistry -o pid',
  'port nosuch',
  'port sandboxregistry',
  'port sandboxregistry 99',
  'port sandboxregistry 5000',
  'port sandboxregistry 5000/udp',
  'port sandboxregistry x/y/z',
  'port sandboxregistry 99999',
  'rename nosuch x',
  'rename sandboxregistry x',
  'pause nosuch sandboxregistry',
  'unpause sandboxregistry',
  'rm nosuch',
  'rm -f nosuch',
  'rm sandboxregistry',
  'rm -f sandboxregistry',
  'logs nosuch',
  'logs sandboxregistry',
  'logs -t --tail 1 sandboxregistry',
  'logs --since xx sandboxregistry',
  'logs --until 2020-01-01 sandboxregistry',
  'logs --tail xx sandboxregistry',
  'exec nosuch sh',
  'exec sandboxregistry',
  'exec -t sandboxregistry true',
  'exec -t sandboxregistry sh -c "echo hi; echo err >&2; exit 4"',
  'exec sandboxregistry sh -c "echo hi; echo err >&2; exit 4"',
  "exec -e A=1 -e B -w /tmp sandboxregistry sh -c 'pwd; echo $A'",
  'exec -it sandboxregistry true',
  'exec -i sandboxregistry cat < env1',
  'exec -w nosuch sandboxregistry true',
  'exec -u nobody sandboxregistry true',
  'exec --env-file env1 sandboxregistry sh -c "echo $A"',
  'exec --env-file env2 sandboxregistry env',
  'exec --detach-keys abc,def sandboxregistry true',
  'exec -d sandboxregistry true',
  'exec sandboxregistry nosuch',
  'exec sandboxregistry /etc',
  'container inspect nosuch sandboxregistry -f "{{.Name}}"',
  'container inspect nosuch',
  'inspect nosuch',
  'inspect --type container nosuch',
  'inspect -s sandboxregistry',
  'diff nosuch',
  'diff sandboxregistry',
  'container prune < /dev/null',
  'container prune -f',
  'container prune -f --filter foo=bar',
  'attach nosuch',
  'start -a nosuch',
  'start -a nosuch b',
  'start -i nosuch',
  'stop -t x a',
  ...['stop', 'start', 'restart', 'kill', 'logs', 'wait', 'top', 'port', 'rm', 'container inspect'].map(
    (command) => `${command} ""`,
  ),
  ...['exec', 'logs', 'stop', 'restart', 'start', 'kill', 'rm', 'ps', 'attach', 'wait', 'top', 'port', 'rename'].map(
    (command) => `${command} --help`,
  ),
  ...['pause', 'unpause', 'diff', 'container inspect', 'container prune', 'container ls'].map(
    (command) => `${command} --help`,
  ),
];

/** What differs with the second it is asked in. */
function shown({ status, stdout, stderr }: Outcome): object {
  const steady = (text: string): string =>
    text.replace(/(Less than a second|About a minute|\d+ \w+)( ago)?/g, 'SOME TIME');
  return { status, stdout: steady(stdout), stderr: steady(stderr) };
}

function ask(program: readonly string[], line: string): Promise<Outcome> {
  const words = program.map((word) => `'${word}'`).join(' ');
  return run('bash', ['-c', `${words} ${line}`], { env, cwd: sandbox.folder });
}

test.each(LINES)('%s', async (line) => {
  const theirs = await ask(['docker'], line);
  expect(shown(await ask(OURS, line))).toEqual(shown(theirs));
});

test('a container that stands is shown, left, started and waited for as docker does', async () => {
  const play = async (program: readonly string[]) => {
    const lines = [
      'stop NAME',
      'ps -a',
      'attach NAME',
      'exec NAME true',
      'top NAME',
      'port NAME',
      'kill NAME',
      'stop NAME',
    ];
    const after = ['start NAME', 'restart -t 1 NAME', 'kill -s TERM NAME', 'wait NAME', 'start NAME'];
    const outcomes = [];
    for (const line of [...lines, ...after]) {
      outcomes.push(shown(await ask(program, line.replace('NAME', 'sandboxregistry'))));
    }
    return outcomes;
  };
  expect(await play(OURS)).toEqual(await play(['docker']));
});

test('exec gives a terminal of the size of its own, follows its changes, and can be left by the detach keys', async () => {
  const options = { cwd: sandbox.folder, env: { ...env, PATH: process.env.PATH ?? '' }, columns: 97 };
  const [file = '', ...before] = OURS;
  using terminal = new Terminal(file, [...before, 'exec', '-it', 'sandboxregistry', 'sh'], options);
  await talkWithShell(terminal);
  using left = new Terminal(file, [...before, 'exec', '-it', 'sandboxregistry', 'sh'], options);
  await left.until(/\/ # $/);
  left.type('\x10\x11');
  await left.until(/read escape sequence/);
  expect(await left.exit).toBe(1);
});

test('many bytes go through exec both ways, and logs are followed until the service ends', async () => {
  const many = 'x'.repeat(3_000_000);
  const [file = '', ...before] = OURS;
  const through = await run(file, [...before, 'exec', '-i', 'sandboxregistry', 'cat'], { env, input: many });
  expect(through.stdout).toHaveLength(many.length);
  const following = run(file, [...before, 'logs', '-f', 'sandboxregistry'], { env });
  await ask(OURS, 'restart sandboxregistry');
  expect((await following).stdout).toContain('service started');
});
