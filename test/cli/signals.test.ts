import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/trustsandbox.cjs');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signals-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function docker({ host }: FakeEngine, argv: readonly string[]): ChildProcess {
  const env = { ...process.env, DOCKER_HOST: host, DOCKER_CONFIG: folder, TRUSTSANDBOX_PROGRAM: 'docker' };
  return spawn(process.execPath, [PROGRAM, ...argv], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

describe('a signal to docker', () => {
  test.each([
    [['exec', 'one', 'sleep', '9'], 'POST /exec/e1/start', 'SIGINT', 130],
    [['exec', 'one', 'sleep', '9'], 'POST /exec/e1/start', 'SIGTERM', 143],
    [['logs', '-f', 'one'], 'GET /containers/one/logs', 'SIGINT', 130],
    [['events'], 'GET /events', 'SIGINT', 130],
    [['events'], 'GET /events', 'SIGTERM', 143],
    [['wait', 'one'], 'POST /containers/one/wait', 'SIGINT', 130],
    [['attach', '--sig-proxy=false', 'one'], 'POST /containers/one/wait', 'SIGINT', 130],
  ] as const)('%j that waits in %s ends it by %s with %i', async (argv, line, signal, status) => {
    await using engine = await startFakeEngine(folder);
    const child = docker(engine, argv);
    const ended = once(child, 'exit');
    await engine.waitFor(line);
    child.kill(signal);
    expect(await ended).toEqual([status, null]);
    expect(engine.asked.filter((asked) => asked.includes('/kill'))).toEqual([]);
  });

  test.each([
    ['attach', 'one'],
    ['start', '-a', 'one'],
  ])('that is attached (%s) is passed on by its name', async (...argv) => {
    await using engine = await startFakeEngine(folder);
    const child = docker(engine, argv);
    const ended = once(child, 'exit');
    await engine.waitFor('POST /containers/one/wait');
    for (const [i, signal] of (['SIGUSR1', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGWINCH', 'SIGTERM'] as const).entries()) {
      child.kill(signal);
      await engine.waitFor(`POST /containers/one/kill ${signal}`);
      expect(engine.asked.filter((asked) => asked.includes('/kill'))).toHaveLength(i + 1);
    }
    expect(await ended).toEqual([7, null]);
  });
});
