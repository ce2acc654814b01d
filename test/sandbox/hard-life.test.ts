import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';

/** More of them by LIFE_ROUNDS=200; so few that nobody waits, without. */
const ROUNDS = Number(process.env.LIFE_ROUNDS ?? 5);
const SECRETS = Object.fromEntries(
  ['ROOT', 'REPOSITORY'].map((key) => [`DOCKER_CONTENT_TRUST_${key}_PASSPHRASE`, 'sandbox-passphrase']),
);
const REFERENCE = 'sandboxregistry:5000/life';

/** The same numbers each time: mulberry32. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const record = (sandbox: OwnSandbox, project: string) =>
  join(sandbox.env.TRUSTSANDBOX_HOME ?? '', project, 'sandbox.json');

async function pidOf(sandbox: OwnSandbox, project: string): Promise<number> {
  return JSON.parse(await readFile(record(sandbox, project), 'utf8')).pid;
}

/** Processes whose command line or environment names the sandbox's own folder. */
function processesOf({ env }: OwnSandbox): string[] {
  const home = env.TRUSTSANDBOX_HOME ?? '';
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return false;
    try {
      return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(home));
    } catch {
      return false;
    }
  });
}

/** The processes that one has started; undefined when it has ended. */
function childrenOf(pid: number | undefined): number[] | undefined {
  try {
    return (readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').match(/\d+/g) ?? []).map(Number);
  } catch {
    return undefined;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

async function trusted(sandbox: OwnSandbox, script: string) {
  const names = [
    'DOCKER_CONTENT_TRUST=1',
    'DOCKER_CONTENT_TRUST_SERVER=https://notaryserver:4443',
    ...Object.keys(SECRETS),
  ];
  return sandbox.run(['exec', ...names.flatMap((name) => ['-e', name]), 'trustsandbox', 'sh', '-c', script], {
    env: SECRETS,
  });
}

test(`killed at any instant, ${ROUNDS} times, it is healed by up: what was signed can be pulled`, {
  timeout: ROUNDS * 20_000,
}, async () => {
  await using sandbox = await openOwnSandbox('mortal');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const first = 'docker pull -q docker/trusttest && docker tag docker/trusttest';
  const begin = `DOCKER_CONTENT_TRUST=0; export DOCKER_CONTENT_TRUST; ${first} ${REFERENCE}:first; DOCKER_CONTENT_TRUST=1 docker push -q ${REFERENCE}:first`;
  expect(await trusted(sandbox, begin)).toMatchObject({ status: 0 });
  const random = chance(1);
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round % 2 === 0) {
      // while it works
      const work = trusted(
        sandbox,
        `docker tag ${REFERENCE}:first ${REFERENCE}:r${round} && docker push -q ${REFERENCE}:r${round}`,
      );
      await sleep(random() * 400);
      process.kill(await pidOf(sandbox, 'mortal'), 'SIGKILL');
      await work;
    } else {
      // while it starts
      process.kill(await pidOf(sandbox, 'mortal'), 'SIGKILL');
      const { program, folder, env } = sandbox;
      const up = spawn(process.execPath, [program, 'up'], { cwd: folder, env, stdio: 'ignore' });
      const ended = new Promise((resolve) => up.once('close', resolve));
      await sleep(random() * 300);
      const children = childrenOf(up.pid);
      if (children === undefined) process.kill(await pidOf(sandbox, 'mortal'), 'SIGKILL'); // it was quicker
      for (const pid of children ?? []) killIfThere(pid);
      await ended;
    }
    const healed = await sandbox.run(['up']);
    expect(healed, `round ${round}`).toMatchObject({ status: 0 });
    const pull = await trusted(
      sandbox,
      `docker image rm -f ${REFERENCE}:first >/dev/null; docker pull ${REFERENCE}:first`,
    );
    expect(pull, `round ${round}: ${pull.stdout}${pull.stderr}`).toMatchObject({ status: 0 });
  }
  expect(processesOf(sandbox)).toHaveLength(1);
});

test(`${ROUNDS} times up and down leave no process, mount, socket or file`, { timeout: ROUNDS * 20_000 }, async () => {
  await using sandbox = await openOwnSandbox('cycles');
  const root = join(sandbox.env.TRUSTSANDBOX_HOME ?? '', 'cycles');
  const before = { mounts: readFileSync('/proc/self/mounts', 'utf8'), tmp: ownTemporary() };
  for (let round = 0; round < ROUNDS; round += 1) {
    expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
    await sandbox.run(['exec', 'sandboxregistry', 'true']);
    expect(await sandbox.run(['down'])).toMatchObject({ status: 0 });
    expect(
      execFileSync('find', [root, '(', '-type', 's', '-o', '-name', 'sandbox.json*', ')'], { encoding: 'utf8' }),
    ).toBe('');
  }
  await sandbox.run(['down', '-v']);
  expect(existsSync(root)).toBe(false);
  expect(processesOf(sandbox)).toEqual([]);
  expect({ mounts: readFileSync('/proc/self/mounts', 'utf8'), tmp: ownTemporary() }).toEqual(before);
});

/** What a sandbox may have made outside its folder. */
function ownTemporary(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('trustsandbox-'));
}

test('several ups at once start one sandbox', async () => {
  await using sandbox = await openOwnSandbox('eager');
  const ups = await Promise.all(Array.from({ length: 4 }, () => sandbox.run(['up'])));
  expect(ups.map(({ status, stderr }) => (status === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);
  expect(processesOf(sandbox)).toHaveLength(1);
});

test('a service that is stopped with the process killed comes back with up', async () => {
  await using sandbox = await openOwnSandbox('stopped');
  await sandbox.run(['up']);
  await sandbox.run(['compose', '-p', 'stopped', 'stop']);
  process.kill(await pidOf(sandbox, 'stopped'), 'SIGKILL');
  expect(await sandbox.run(['doctor'])).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('was killed.\n         trustsandbox up starts it again'),
  });
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  expect(await sandbox.run(['doctor'])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('service sandboxregistry answers'),
  });
});

describe('what is in the way is said, with a way out', () => {
  test('a home that can not be written', async () => {
    await using sandbox = await openOwnSandbox('readonly', process.getuid?.() === 0 ? 'nobody' : 'self');
    const home = join(sandbox.folder, 'home');
    await mkdir(home);
    await chmod(home, 0o555);
    expect(await sandbox.run(['up'], { env: { TRUSTSANDBOX_HOME: home } })).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /the sandbox could not start: .*readonly can't be written \(E[^)]+\): set TRUSTSANDBOX_HOME to a folder that can/,
      ),
    });
    expect((await sandbox.run(['doctor'], { env: { TRUSTSANDBOX_HOME: home } })).stdout).toContain(
      'set TRUSTSANDBOX_HOME',
    );
  });

  test('a home that is a file', async () => {
    await using sandbox = await openOwnSandbox('file');
    await writeFile(join(sandbox.folder, 'home'), '');
    expect(await sandbox.run(['up'], { env: { TRUSTSANDBOX_HOME: join(sandbox.folder, 'home') } })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is no folder: remove it, or set TRUSTSANDBOX_HOME to another place'),
    });
  });

  // Node's own mkdir never ends there.
  test.runIf(process.platform === 'linux')('a home where nothing can be made', async () => {
    await using sandbox = await openOwnSandbox('nowhere');
    const env = { TRUSTSANDBOX_HOME: '/proc/nowhere' };
    expect(await sandbox.run(['up'], { env })).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("/proc/nowhere can't be written (ENOENT): set TRUSTSANDBOX_HOME to a folder"),
    });
    expect((await sandbox.run(['doctor'], { env })).stdout).toContain('Sandboxes can keep no state.');
  });

  test.runIf(process.getuid?.() === 0).each(['4k', '64k', '100k', '10m,nr_inodes=8', '10m,nr_inodes=30'])(
    'a disk that is full, of size %s',
    async (size) => {
      await using sandbox = await openOwnSandbox('full');
      const home = join(sandbox.folder, 'disk');
      await mkdir(home);
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', home]);
      try {
        expect(await sandbox.run(['up'], { env: { TRUSTSANDBOX_HOME: home } })).toMatchObject({
          status: 1,
          stderr: expect.stringMatching(
            /no space left for .*: free some, or set TRUSTSANDBOX_HOME to a folder on another disk/,
          ),
        });
        expect(processesOf({ ...sandbox, env: { TRUSTSANDBOX_HOME: home } })).toEqual([]);
      } finally {
        execFileSync('umount', ['-l', home]);
      }
    },
  );

  test('a path too long for sockets is no trouble, and leaves none', async () => {
    await using sandbox = await openOwnSandbox('long');
    const home = join(sandbox.folder, 'a'.repeat(60), 'b'.repeat(60));
    const env = { TRUSTSANDBOX_HOME: home };
    const before = ownTemporary();
    expect(await sandbox.run(['up'], { env })).toMatchObject({ status: 0 });
    expect(await sandbox.run(['exec', 'trustsandbox', 'docker', 'version'], { env })).toMatchObject({ status: 0 });
    expect(await sandbox.run(['down', '-v'], { env })).toMatchObject({ status: 0 });
    expect(ownTemporary()).toEqual(before);
  });
});
