import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';
import { Terminal } from './terminal.ts';

const ENVIRONMENT = [
  'DOCKER_CONTENT_TRUST=1',
  'DOCKER_CONTENT_TRUST_SERVER=https://notaryserver:4443',
  'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=sandbox-passphrase',
  'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=sandbox-passphrase',
].flatMap((variable) => ['-e', variable]);
const NAME = 'sandboxregistry:5000/app';

let sandbox: OwnSandbox;
beforeAll(async () => {
  sandbox = await openOwnSandbox('commands');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const push = `DOCKER_CONTENT_TRUST=0 docker pull -q docker/trusttest && docker tag docker/trusttest ${NAME}:1 && docker push -q ${NAME}:1`;
  expect(await client(push)).toMatchObject({ status: 0 });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const client = (script: string) => sandbox.run(['exec', ...ENVIRONMENT, 'trustsandbox', 'sh', '-c', script]);
const pull = () => client(`docker pull ${NAME}:1`);

describe('clock', () => {
  afterAll(() => sandbox.run(['clock', 'reset']));

  test('moves time for the clients in boxes, the servers, and commands on the host', async () => {
    expect((await sandbox.run(['clock', 'show'])).stdout).toMatch(/Z {2}this machine's time\n$/);
    expect((await sandbox.run(['clock', 'set', '+1500d'])).stdout).toMatch(/Z {2}1500 days ahead of this machine\n$/);
    expect(await pull()).toMatchObject({ status: 1, stderr: expect.stringContaining('expired') });
    const host = ['pull', '--disable-content-trust=false', `${NAME}:1`];
    const env = { DOCKER_CONTENT_TRUST_SERVER: 'https://notaryserver:4443' };
    expect(await sandbox.run(host, { env })).toMatchObject({ status: 1, stderr: expect.stringContaining('expired') });
    expect((await sandbox.run(['compose', 'logs', '--since', '1m'])).stdout).toMatch(/\| 20[3-9]\d-/);
  });

  test('outlives the process, and a sandbox that is down can be moved too', async () => {
    await sandbox.run(['down']);
    await sandbox.run(['clock', 'set', '--', '-1d']);
    await sandbox.run(['up']);
    expect((await sandbox.run(['clock', 'show'])).stdout).toMatch(/1499 days( ahead|, )/);
    await sandbox.run(['clock', 'reset']);
    expect(await pull()).toMatchObject({ status: 0 });
  });

  test.each(['soon', '+15', '2030-13-01', '+50y'])('%s is no time', async (time) => {
    expect(await sandbox.run(['clock', 'set', time])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/is no time: want|is too far away/),
    });
  });
});

describe('fault', () => {
  test('is set, listed, met and cleared', async () => {
    expect(await sandbox.run(['fault', 'set', 'notaryserver', 'status=503', 'route=*/timestamp.json'])).toMatchObject({
      status: 0,
    });
    expect((await sandbox.run(['fault', 'list'])).stdout).toMatch(
      /^notaryserver +status=503 route=\*\/timestamp\.json$/m,
    );
    expect((await sandbox.run(['fault', 'list', '--format', 'json'])).stdout).toBe(
      '{"service":"notaryserver","fault":"status=503 route=*/timestamp.json"}\n',
    );
    const events = await sandbox.run(['sandbox', 'events', '--format', 'json']);
    const last = JSON.parse(events.stdout.trim().split('\n').at(-1) ?? '{}').number;
    await client(`notary -s https://notaryserver:4443 list ${NAME}`);
    const met = await sandbox.run(['sandbox', 'events', '-k', 'fault', '--after', String(last), 'notaryserver']);
    expect(met.stdout).toMatch(/notaryserver {2}fault .*timestamp\.json {2}from=trustsandbox {2}status=503/);
    expect(await sandbox.run(['fault', 'clear'])).toMatchObject({ status: 0 });
    expect(await pull()).toMatchObject({ status: 0 });
  });

  test.each([
    [['nosuch', 'status=503'], 'no such service: nosuch'],
    [['notaryserver', 'noise=1'], '"noise=1" is no fault: want latency=300ms'],
  ])('%j is refused', async (words, message) => {
    expect(await sandbox.run(['fault', 'set', ...words])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(message),
    });
  });

  test('paused, a service is shown so, and unpaused answers', async () => {
    await sandbox.run(['compose', '-p', 'commands', 'pause', 'sandboxregistry']);
    expect((await sandbox.run(['compose', 'ps'])).stdout).toMatch(/sandboxregistry .*\(Paused\)/);
    expect((await sandbox.run(['doctor'])).stdout).toContain('The service sandboxregistry is paused');
    await sandbox.run(['compose', '-p', 'commands', 'unpause']);
    expect(await pull()).toMatchObject({ status: 0 });
  });
});

describe('events', () => {
  test('follow what happens, until Ctrl-C', async () => {
    const { folder, env, program } = sandbox;
    using terminal = new Terminal(process.execPath, [program, 'sandbox', 'events', '-f', '-k', 'pull'], {
      cwd: folder,
      env,
      columns: 400,
    });
    await terminal.until(/pull {5}repository=app/);
    await client(`docker image rm -f ${NAME}:1 && docker pull ${NAME}:1`);
    await terminal.until(/pull {5}repository=app .*tag=|pull {5}repository=app .*digest=/);
    terminal.type('\x03');
    expect(await terminal.exit).toBe(130);
  });
});

describe('snapshot', () => {
  test('is saved, listed, restored while boxes are open, and deleted', async () => {
    expect(await sandbox.run(['snapshot', 'save', 'one'])).toMatchObject({ status: 0 });
    const { folder, env, program } = sandbox;
    using terminal = new Terminal(process.execPath, [program, 'exec', '-it', 'sandboxregistry', 'sh'], {
      cwd: folder,
      env,
    });
    await terminal.until(/\/ # $/);
    terminal.type('cd /var/lib/registry; echo x > mine; ls\r');
    await terminal.until(/docker\s+mine\s/);
    expect(await sandbox.run(['snapshot', 'restore', 'one'])).toMatchObject({ status: 0 });
    terminal.type('ls\r');
    expect(await terminal.until(/registry # $/)).not.toMatch(/mine\r\n/);
    expect((await sandbox.run(['snapshot', 'list'])).stdout).toMatch(
      /^one +20\d\d-.*Z +notaryserver, sandboxregistry, trustsandbox$/m,
    );
    expect(await pull()).toMatchObject({ status: 0 });
    expect(await sandbox.run(['snapshot', 'save', 'one'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is a snapshot one'),
    });
    expect(await sandbox.run(['snapshot', 'save', '../x'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('invalid snapshot name'),
    });
  });

  test('can be put back where nothing runs, and outlives down -v', async () => {
    expect(await sandbox.run(['down', '-v'])).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('snapshots are kept: one'),
    });
    expect(await sandbox.run(['snapshot', 'restore', 'one'])).toMatchObject({ status: 0 });
    expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
    expect(await pull()).toMatchObject({ status: 0 });
    expect(await sandbox.run(['snapshot', 'delete', 'one'])).toMatchObject({ status: 0 });
  });

  test('a fork is a project of its own with the same state', async () => {
    expect(await sandbox.run(['fork', 'other'])).toMatchObject({ status: 0 });
    const env = { COMPOSE_PROJECT_NAME: 'other' };
    const inFork = (script: string) =>
      sandbox.run(['exec', ...ENVIRONMENT, 'trustsandbox', 'sh', '-c', script], { env });
    expect(await inFork(`docker pull ${NAME}:1`)).toMatchObject({ status: 0 });
    expect(await inFork(`docker tag ${NAME}:1 ${NAME}:2 && docker push -q ${NAME}:2`)).toMatchObject({ status: 0 });
    expect(await client(`docker pull ${NAME}:2`)).toMatchObject({ status: 1 });
    expect((await sandbox.run(['compose', 'ls', '-q'])).stdout).toBe('commands\nother\n');
    expect(await sandbox.run(['fork', 'other'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is a project other'),
    });
    expect(await sandbox.run(['down', '-v'], { env })).toMatchObject({ status: 0 });
  });
});

describe('compose', () => {
  test('exec has a terminal where there is one, and none with -T', async () => {
    const { folder, env, program } = sandbox;
    const project = ['compose', '-p', 'commands'];
    using terminal = new Terminal(
      process.execPath,
      [program, ...project, 'exec', '-e', 'A=1', 'sandboxregistry', 'sh'],
      { cwd: folder, env, columns: 93 },
    );
    await terminal.until(/\/ # $/);
    terminal.type('stty size; echo $A\r');
    await terminal.until(/40 93\r\n1\r\n/);
    terminal.type('exit 3\r');
    expect(await terminal.exit).toBe(3);
    const piped = await sandbox.run(
      [...project, 'exec', '-T', '-w', '/var', 'sandboxregistry', 'sh', '-c', 'pwd; cat'],
      { input: 'in' },
    );
    expect(piped).toMatchObject({ status: 0, stdout: '/var\nin' });
  });

  test('top shows what runs in boxes', async () => {
    const { folder, env, program } = sandbox;
    using terminal = new Terminal(
      process.execPath,
      [program, 'exec', '-it', 'sandboxregistry', 'sh', '-c', 'echo begun; sleep 97'],
      { cwd: folder, env },
    );
    await terminal.until(/begun/);
    expect((await sandbox.run(['compose', '-p', 'commands', 'top', 'sandboxregistry'])).stdout).toMatch(
      /^sandboxregistry\nPID +PPID +CMD\n[\s\S]*sleep 97\n/,
    );
  });

  test('cp copies to and from what a service keeps', async () => {
    await writeFile(join(sandbox.folder, 'here'), 'from here');
    const cp = (...args: string[]) => sandbox.run(['compose', '-p', 'commands', 'cp', ...args]);
    expect(await cp('here', 'sandboxregistry:/var/lib/registry/there')).toMatchObject({ status: 0 });
    expect((await sandbox.run(['exec', 'sandboxregistry', 'cat', '/var/lib/registry/there'])).stdout).toBe('from here');
    expect(await cp('sandboxregistry:/var/lib/registry/there', './back')).toMatchObject({ status: 0 });
    expect(await cp('sandboxregistry:/etc/passwd', '.')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('/etc/passwd is of the host'),
    });
  });

  test('up in the foreground shows logs, and Ctrl-C stops the services', async () => {
    await using own = await openOwnSandbox('foreground');
    await writeFile(
      join(own.folder, 'compose.yaml'),
      'services:\n  store:\n    image: registry:2\n    container_name: store\n',
    );
    const { folder, env, program } = own;
    using terminal = new Terminal(process.execPath, [program, 'compose', 'up'], { cwd: folder, env });
    await terminal.until(/Attaching to store\r\n/);
    await terminal.until(/store {2}\| .*service started/);
    terminal.type('\x03');
    await terminal.until(/Gracefully Stopping\.\.\. press Ctrl\+C again to force\r\n/);
    expect(await terminal.exit).toBe(130);
    expect((await own.run(['compose', 'ps', '-q'])).stdout).toBe('');
    expect((await own.run(['compose', 'ps', '-a'])).stdout).toContain('Exited (0)');
  });
});
