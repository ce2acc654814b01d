import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dockerProgram } from '../../src/cli/docker-program.ts';
import type { Io } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { type Engine, openEngine, serveEngineApi } from '../../src/engine/index.ts';
import type { Listener } from '../../src/http/index.ts';
import { AT, hostOfOne, ID } from '../engine/host-of-one.ts';

const SHORT = ID.slice(0, 12);
const clock = { now: () => AT };
let folder: string;
let engine: Engine;
let api: Listener;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docker-'));
  engine = await openEngine({ root: join(folder, 'store') });
  const address = { kind: 'unix', path: join(folder, 'engine.sock') } as const;
  api = await serveEngineApi(engine, address, { host: hostOfOne(), clock });
  await writeFile(join(folder, 'variables'), '# who\nWHO=file\nHOME\nNOBODY_HAS_THIS\n');
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function docker(argv: readonly string[], input: readonly string[] = []) {
  const [stdout, stderr] = [captureOutput(), captureOutput()];
  const raw = Readable.from(input.map((text) => Buffer.from(text))) as unknown as Io['stdin']['raw'];
  const env = { DOCKER_HOST: `unix://${join(folder, 'engine.sock')}`, DOCKER_CONFIG: folder, HOME: folder };
  const io = testIo({ stdin: { isTerminal: false, raw }, stdout, stderr, env, clock, cwd: folder, program: 'docker' });
  const status = await runProgram(dockerProgram, argv, io);
  return { status, stdout: stdout.text, stderr: stderr.text };
}

const said = (stdout: string, stderr = '', status = 0) => ({ stdout, stderr, status });
const notHere = 'Error response from daemon: No such container: nosuch\n';

describe('commands that only ask', () => {
  test.each([
    [
      ['ps'],
      said(
        'CONTAINER ID   IMAGE        COMMAND      CREATED                  STATUS                  PORTS                      NAMES\n' +
          `${SHORT}   registry:2   "serve it"   Less than a second ago   Up Less than a second   127.0.0.9:5000->5000/tcp   store\n`,
      ),
    ],
    [['ps', '-q', '--no-trunc'], said(`${ID}\n`)],
    [
      ['ps', '--format', '{{.Names}} {{.Networks}} {{.Mounts}} {{.LocalVolumes}} {{.Labels}}'],
      said('store net data 1 role=storage\n'),
    ],
    [['ps', '-f', 'name=nosuch', '-q'], said('')],
    [['port', 'store'], said('5000/tcp -> 127.0.0.9:5000\n')],
    [['port', 'store', '5000/udp'], said('', "Error: No public port '5000/udp' published for store\n", 1)],
    [['inspect', '-f', '{{.Name}} {{.State.Status}}', 'store'], said('/store running\n')],
    [['container', 'inspect', 'nosuch'], said('[]\n', notHere, 1)],
    [['logs', 'store'], said('one\n', 'two\n')],
    [['logs', '-t', '--tail', '1', 'store'], said('', '2026-01-02T03:04:05.000000000Z two\n')],
    [
      ['logs', '--since', 'xx', 'store'],
      said('', 'invalid value for "since": failed to parse value as time or duration: "xx"\n', 1),
    ],
    [['logs', ''], said('', 'invalid container name or ID: value is empty\n', 1)],
    [['rm', '-f', 'nosuch'], said('', notHere)],
    [['attach', 'nosuch'], said('', notHere, 1)],
    [['start', '-a', 'a', 'b'], said('', 'you cannot start and attach multiple containers at once\n', 1)],
    [['diff', 'store'], { status: 1, stdout: '', stderr: expect.stringContaining('not available in this engine') }],
    [
      ['rename', 'store', 'x'],
      { status: 1, stdout: '', stderr: expect.stringMatching(/\nError: failed to rename container named store\n$/) },
    ],
  ])('docker %j', async (argv, outcome) => {
    expect(await docker(argv)).toEqual(outcome);
  });
});

describe('exec', () => {
  test.each([
    [['exec', 'store', 'sh', '-c', 'echo out; echo err >&2; exit 7'], [], said('out\n', 'err\n', 7)],
    [['exec', '-i', 'store', 'cat'], ['typed ', 'in'], said('typed in')],
    [['exec', 'store', 'cat'], ['nobody reads this'], said('')],
    [['exec', '-d', 'store', 'true'], [], said('')],
    [['exec', '-it', 'store', 'true'], [], said('', 'the input device is not a TTY\n', 1)],
    [['exec', 'nosuch', 'true'], [], said('', notHere, 1)],
    [['exec', '--env-file', 'nosuch', 'store', 'true'], [], said('', 'open nosuch: no such file or directory\n', 1)],
  ])('docker %j, typing %j', async (argv, input, outcome) => {
    expect(await docker(argv, input)).toEqual(outcome);
  });

  test('carries many bytes both ways', async () => {
    const many = Array.from({ length: 50 }, (_, i) => String.fromCharCode(97 + (i % 26)).repeat(65_536));
    expect((await docker(['exec', '-i', 'store', 'cat'], many)).stdout).toBe(many.join(''));
  });
});

test('containers are stopped, waited for, started and killed', async () => {
  const waiting = docker(['wait', 'store']);
  const outcomes = [];
  for (const words of [
    ['stop', 'store', 'nosuch'],
    ['ps', '-q'],
    ['start', 'nosuch', 'store'],
    ['restart', '-t', '0', 'store'],
    ['kill', 'store'],
    ['kill', 'store'],
  ]) {
    outcomes.push(await docker(words));
  }
  expect(outcomes).toEqual([
    said('store\n', notHere, 1),
    said(''),
    said('store\n', `${notHere}Error: failed to start containers: nosuch\n`, 1),
    said('store\n'),
    said('store\n'),
    said('', `Error response from daemon: cannot kill container: store: container ${ID} is not running\n`, 1),
  ]);
  expect(await waiting).toEqual(said('0\n'));
  expect(await docker(['attach', 'store'])).toEqual(
    said('', 'You cannot attach to a stopped container, start it first\n', 1),
  );
});
