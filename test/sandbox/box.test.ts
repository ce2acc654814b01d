import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox, PLAYERS } from './own-sandbox.ts';
import { Terminal } from './terminal.ts';

const REGISTRY_ONLY = 'services:\n  store:\n    image: registry:2\n    container_name: store\n';

describe.each(PLAYERS)('a box, as %s', (as) => {
  let sandbox: OwnSandbox;
  beforeAll(async () => {
    sandbox = await openOwnSandbox('boxes', as);
    await writeFile(join(sandbox.folder, 'compose.yaml'), REGISTRY_ONLY);
    expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  });
  afterAll(() => sandbox[Symbol.asyncDispose]());

  const exec = (flags: string[], command: string, input?: string) =>
    sandbox.run(['exec', ...flags, 'store', 'sh', '-c', command], input === undefined ? {} : { input });

  test('shows root, the container id as host name, and the service at its own path', async () => {
    const { stdout, status } = await exec([], 'id -u; pwd; hostname; ls -d /var/lib/registry; echo $HOME');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^0\n\/\n[0-9a-f]{12}\n\/var\/lib\/registry\n\/root\n$/);
  });

  test('knows the services by name', async () => {
    const { stdout } = await exec([], 'cat /etc/hosts');
    expect(stdout).toMatch(/^127\.\d+\.\d+\.\d+\tstore [0-9a-f]{12}$/m);
  });

  test('leaves the programs of the host as they are', async () => {
    const { status, stderr } = await exec([], 'touch /usr/bin/mine || touch /etc/mine');
    expect(status).not.toBe(0);
    expect(stderr).toContain('Read-only file system');
  });

  test('keeps what is written in the service and in the home, and forgets the rest', async () => {
    await exec([], 'echo a > /var/lib/registry/mine; echo b > ~/mine; echo c > /tmp/mine');
    const { stdout } = await exec([], 'cat /var/lib/registry/mine ~/mine; ls /tmp');
    expect(stdout).toBe('a\nb\n');
  });

  test.each([
    ['its own', 'exit 7', 7],
    ['that of a signal', 'kill -TERM $$', 143],
    ['127 for a command that is not there', 'no-such-command', 127],
  ])('ends with the status of its command: %s', async (_, command, status) => {
    expect((await exec([], command)).status).toBe(status);
  });

  test('reads piped input with -i and none without', async () => {
    expect((await exec(['-i'], 'cat', 'hello')).stdout).toBe('hello');
    expect((await exec([], 'cat', 'hello')).stdout).toBe('');
  });

  test('takes variables and a working folder, and nothing of the caller', async () => {
    const { stdout } = await sandbox.run(
      ['exec', '-e', 'A=1', '-e', 'MINE', '-w', '/var/lib', 'store', 'sh', '-c', 'echo "$A $MINE $OTHER $PWD"'],
      {
        env: { MINE: 'mine', OTHER: 'other' },
      },
    );
    expect(stdout).toBe('1 mine  /var/lib\n');
  });

  test('has a search path of one’s own, and the real docker where it is asked for', async () => {
    expect((await exec(['-e', 'PATH=/bin'], 'echo $PATH')).stdout).toBe('/bin\n');
    expect((await exec([], 'command -v docker')).stdout).toBe('/.trustsandbox/bin/docker\n');
    const host = await mkdtemp(join(tmpdir(), 'bin-')); // a machine with a docker, and one without
    await writeFile(join(host, 'docker'), '');
    const found = await sandbox.run(['exec', '--docker=real', 'store', 'sh', '-c', 'echo $PATH'], {
      env: { PATH: `${host}:${process.env.PATH}` },
    });
    expect(found.stdout).toMatch(/:\/\.trustsandbox\/bin\n$/);
    const missing = await sandbox.run(['exec', '--docker=real', 'store', 'true'], { env: { PATH: '/nowhere' } });
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no docker on this machine') });
    await rm(host, { recursive: true });
  });

  test('can not have a terminal where the caller has none', async () => {
    expect(await exec(['-it'], 'true')).toMatchObject({ status: 1, stderr: 'the input device is not a TTY\n' });
  });

  test('has the size of the terminal, and Ctrl-C is its own affair', async () => {
    const { folder, env, program, user } = sandbox;
    const args = [program, 'exec', '-it', 'store', 'sh'];
    using terminal = new Terminal(process.execPath, args, { cwd: folder, env, columns: 97, ...(user && { user }) });
    await terminal.until(/\/ # $/);
    terminal.type('stty size\r');
    await terminal.until(/40 97\r\n\/ # $/);
    terminal.resize(55, 20);
    terminal.type('stty size\r');
    await terminal.until(/20 55\r\n\/ # $/);
    for (let i = 0; i < 4; i += 1) {
      terminal.type("sh -c 'echo begun; exec sleep 60'\r");
      await terminal.until(/\r\nbegun\r\n/);
      terminal.type('\x03');
      await terminal.until(/\/ # $/);
    }
    terminal.type('exit 5\r');
    expect(await terminal.exit).toBe(5);
  });
});

test('where namespaces are refused, a plain shell says which paths differ', async () => {
  await using sandbox = await openOwnSandbox('plain');
  await writeFile(join(sandbox.folder, 'compose.yaml'), REGISTRY_ONLY);
  await sandbox.run(['compose', 'up', '-d']);
  const { stdout, stderr, status } = await sandbox.run(['exec', 'store', 'sh', '-c', 'command -v docker; exit 4'], {
    env: { TRUSTSANDBOX_BOX: 'plain' },
  });
  expect(status).toBe(4);
  expect(stderr).toContain('/var/lib/registry is ');
  expect(stdout).toContain('/box/bin/docker');
});

test('a container that is not there is named, with those that are', async () => {
  await using sandbox = await openOwnSandbox('none');
  const { stderr, status } = await sandbox.run(['exec', 'nosuch', 'sh']);
  expect(status).toBe(1);
  expect(stderr).toContain('Error response from daemon: No such container: nosuch\n');
});
