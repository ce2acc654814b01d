import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
