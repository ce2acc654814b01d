import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';

const REGISTRY_ONLY = 'services:\n  store:\n    image: registry:2\n    container_name: store\n';

async function open(project: string): Promise<OwnSandbox> {
  const sandbox = await openOwnSandbox(project);
  await writeFile(join(sandbox.folder, 'compose.yaml'), REGISTRY_ONLY);
  return sandbox;
}

async function recordOf(
  { env }: OwnSandbox,
  project: string,
): Promise<{ pid: number; services: { containerId: string }[] }> {
  return JSON.parse(await readFile(join(env.TRUSTSANDBOX_HOME ?? '', project, 'sandbox.json'), 'utf8'));
}

test('a second up changes nothing', async () => {
  await using sandbox = await open('twice');
  await sandbox.run(['compose', 'up', '-d']);
  const first = await recordOf(sandbox, 'twice');
  const again = await sandbox.run(['compose', 'up', '-d']);
  expect(again).toMatchObject({ status: 0, stderr: expect.stringContaining('Running') });
  expect(await recordOf(sandbox, 'twice')).toEqual(first);
});

test('a killed process is noticed, and up brings the same data back', async () => {
  await using sandbox = await open('killed');
  await sandbox.run(['compose', 'up', '-d']);
  await sandbox.run(['exec', 'store', 'sh', '-c', 'echo kept > /var/lib/registry/mine']);
  process.kill((await recordOf(sandbox, 'killed')).pid, 'SIGKILL');
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('Started'),
  });
  expect((await sandbox.run(['exec', 'store', 'cat', '/var/lib/registry/mine'])).stdout).toBe('kept\n');
});

test('down keeps data, down -v removes all of it', async () => {
  await using sandbox = await open('ended');
  const root = join(sandbox.env.TRUSTSANDBOX_HOME ?? '', 'ended');
  await sandbox.run(['compose', 'up', '-d']);
  expect(await sandbox.run(['compose', 'down'])).toMatchObject({ status: 0 });
  expect(existsSync(join(root, 'services/store/registry'))).toBe(true);
  expect(existsSync(join(root, 'sandbox.json'))).toBe(false);
  expect(existsSync(join(root, 'control.sock'))).toBe(false);
  expect(await sandbox.run(['compose', 'down', '-v'])).toMatchObject({ status: 0 });
  expect(existsSync(root)).toBe(false);
});

test('a changed compose file is taken up by the next up, over the same data', async () => {
  await using sandbox = await open('changed');
  await sandbox.run(['compose', 'up', '-d']);
  await writeFile(join(sandbox.folder, 'compose.yaml'), `${REGISTRY_ONLY}  other:\n    image: registry:2\n`);
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('Started'),
  });
  const { stdout } = await sandbox.run(['compose', 'ps', '--format', 'json']);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).Name),
  ).toEqual(['changed-other-1', 'store']);
});

const THREE = `services:
  kept: {image: registry:2, volumes: ["data:/var/lib/registry"]}
  other: {image: registry:2}
  box: {image: docker}
volumes: {data: }
`;

async function statesOf(sandbox: OwnSandbox): Promise<Record<string, string>> {
  const { stdout } = await sandbox.run(['compose', 'ps', '-a', '--format', '{{.Service}} {{.State}} {{.ID}}']);
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]),
  );
}

test('a changed file starts anew what it changes, and nothing else; boxes find what is new', async () => {
  await using sandbox = await open('partly');
  const file = join(sandbox.folder, 'compose.yaml');
  await writeFile(file, THREE);
  await sandbox.run(['compose', 'up', '-d']);
  const before = await statesOf(sandbox);
  await writeFile(file, THREE.replace('other: {', 'added: {image: registry:2}\n  other: {labels: [a=b], '));
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({
    status: 0,
    stderr: expect.stringMatching(/partly-kept-1 {2,}Running[\s\S]*partly-other-1 {2,}Started/),
  });
  const { added = '', other = '', ...rest } = await statesOf(sandbox);
  expect(rest).toEqual({ kept: before.kept, box: before.box });
  expect([added, other].map((state) => state.split(' ')[0])).toEqual(['running', 'running']);
  const script = 'for name in kept added other; do curl -s -w "%{http_code} " -o /dev/null http://$name:5000/v2/; done';
  expect(await sandbox.run(['exec', 'partly-box-1', 'sh', '-c', script])).toMatchObject({ stdout: '200 200 200 ' });
});

test('what a changed file can not start is named, and all else runs over the same data', async () => {
  await using sandbox = await open('failing');
  const file = join(sandbox.folder, 'compose.yaml');
  await writeFile(file, THREE);
  await sandbox.run(['compose', 'up', '-d']);
  await sandbox.run(['exec', 'failing-kept-1', 'sh', '-c', 'echo kept > /var/lib/registry/mine']);
  await using taken = await listenSomewhere();
  const bad = THREE.replace('other: {', `other: {ports: ["${taken.port}:5000"], `).replace(
    'box: {image: docker}',
    'box: {image: docker}\n  worse: {image: registry:2, environment: {REGISTRY_LOG_LEVEL: loud}}',
  );
  await writeFile(file, bad);
  const { status, stderr } = await sandbox.run(['compose', 'up', '-d']);
  expect(status).toBe(1);
  expect(stderr).toContain(`service other: port 127.0.0.1:${taken.port} is already in use`);
  expect(stderr).toContain('service worse: REGISTRY_LOG_LEVEL');
  expect(stderr).toMatch(/failing-other-1 {2,}Created/);
  const states = await statesOf(sandbox);
  expect(Object.values(states).map((state) => state.split(' ')[0])).toEqual([
    'running',
    'running',
    'created',
    'created',
  ]);
  expect((await sandbox.run(['exec', 'failing-kept-1', 'cat', '/var/lib/registry/mine'])).stdout).toBe('kept\n');
  await writeFile(file, THREE);
  expect(await sandbox.run(['compose', 'up', '-d'])).toMatchObject({ status: 0 });
  expect(Object.keys(await statesOf(sandbox))).toEqual(['box', 'kept', 'other']);
});

test('what was interrupted in the foreground is stopped, not down: start brings the same containers back', async () => {
  await using sandbox = await open('resting');
  await writeFile(join(sandbox.folder, 'compose.yaml'), THREE);
  const { program, folder, env } = sandbox;
  const up = spawn(process.execPath, [program, 'compose', 'up'], { cwd: folder, env });
  const ended = new Promise((resolve) => up.once('close', resolve));
  for await (const line of createInterface({ input: up.stdout })) if (line.startsWith('Attaching')) up.kill('SIGINT');
  expect(await ended).toBe(130);
  const states = await statesOf(sandbox);
  expect(Object.values(states).map((state) => state.split(' ')[0])).toEqual(['exited', 'exited', 'exited']);
  expect((await sandbox.run(['compose', 'ls', '-a'])).stdout).toMatch(/^resting +exited\(3\)/m);
  expect((await sandbox.run(['compose', 'logs', 'kept'])).stdout).toContain('service started');
  expect(await sandbox.run(['doctor'])).toMatchObject({ status: 0, stdout: expect.stringContaining('is stopped') });
  expect(await sandbox.run(['compose', 'start'])).toMatchObject({ status: 0 });
  const started = Object.entries(states).map(([name, state]) => [name, state.replace('exited', 'running')]);
  expect(await statesOf(sandbox)).toEqual(Object.fromEntries(started));
  await sandbox.run(['compose', 'down']);
  expect((await sandbox.run(['compose', 'ls', '-a'])).stdout).not.toContain('resting');
});

async function listenSomewhere(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

test('a service is stopped and started alone, and each says so', async () => {
  await using sandbox = await open('alone');
  await sandbox.run(['compose', 'up', '-d']);
  await sandbox.run(['compose', 'stop', 'store']);
  expect((await sandbox.run(['compose', 'ps', '-a'])).stdout).toContain('Exited (0)');
  expect(await sandbox.run(['exec', 'store', 'true'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('is not running'),
  });
  await sandbox.run(['compose', 'start', 'store']);
  expect((await sandbox.run(['compose', 'ps'])).stdout).toContain('Up ');
  expect(await sandbox.run(['compose', 'stop', 'nosuch'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('nosuch'),
  });
});

test('two projects run side by side', async () => {
  await using one = await open('one');
  await using two = await open('two');
  const started = await Promise.all([one, two].map((sandbox) => sandbox.run(['compose', 'up', '-d'])));
  expect(started.map(({ status }) => status)).toEqual([0, 0]);
});

test('logs show what a service did', async () => {
  await using sandbox = await open('logged');
  await sandbox.run(['compose', 'up', '-d']);
  expect((await sandbox.run(['compose', 'logs', '--tail', '5'])).stdout).toMatch(
    /^store {2}\| \S+ info service started/m,
  );
});

test('logs of a trust server say which of its variables have no effect', async () => {
  await using sandbox = await openOwnSandbox('variables');
  const file = 'services:\n  trust:\n    image: notary:server\n    environment: [NOTARY_SERVER_STORAGE_TYPE=memory]\n';
  await writeFile(join(sandbox.folder, 'compose.yaml'), file);
  await sandbox.run(['compose', 'up', '-d']);
  expect((await sandbox.run(['compose', 'logs', 'trust'])).stdout).toMatch(
    /warn configuration .*NOTARY_SERVER_STORAGE_TYPE: is not known.*NOTARY_SERVER_STORAGE_BACKEND/,
  );
});

test.each([
  ['without a compose file', undefined, 'no configuration file provided: not found'],
  [
    'with an image it can not play',
    'services:\n  web:\n    image: nginx\n',
    "line 3: service web: the sandbox can't play the image nginx",
  ],
])('up %s says what is wrong', async (_, text, message) => {
  await using sandbox = await openOwnSandbox('wrong');
  if (text) await writeFile(join(sandbox.folder, 'compose.yaml'), text);
  const { status, stderr } = await sandbox.run(['compose', 'up', '-d']);
  expect(status).toBe(1);
  expect(stderr).toContain(message);
});
