import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const DIST = join(import.meta.dirname, '../../dist');
const CODE = `client-${process.version}-${process.arch}.code`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'launcher-'));
  await cp(DIST, join(folder, 'dist'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function showVersion(): Promise<string> {
  const env = { PATH: process.env.PATH, XDG_CACHE_HOME: join(folder, 'cache') };
  const command = [join(folder, 'dist', 'main.cjs'), 'version', '--help'];
  return (await promisify(execFile)(process.execPath, command, { env })).stdout;
}

async function keptCode(): Promise<string[]> {
  const files = await readdir(join(folder, 'cache'), { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith('.code')).map((file) => join(folder, 'cache', file));
}

test('in a clone where nothing is built yet it says what to do', async () => {
  const bin = join(folder, 'bin', 'trustsandbox.cjs');
  await cp(join(DIST, '../bin/trustsandbox.cjs'), bin);
  await rm(join(folder, 'dist'), { recursive: true });
  const asked = promisify(execFile)(process.execPath, [bin, 'version']);
  await expect(asked).rejects.toMatchObject({
    code: 1,
    stderr: 'trustsandbox is not built yet: run "npm start" or "npm install && npm run build" in its folder\n',
  });
});

test.each([
  ['exec', '--env-file', '/nonexistent', 'box', 'sh'],
  ['exec', '--env-file=/nonexistent', 'box', 'sh'],
])('%s %s is ours, and not taken by Node', async (...args) => {
  const env = { PATH: process.env.PATH, TRUSTSANDBOX_HOME: folder, DOCKER_HOST: 'unix:///nonexistent' };
  const asked = promisify(execFile)(join(DIST, '../bin/trustsandbox.cjs'), args, { env });
  await expect(asked).rejects.toMatchObject({ code: 1, stderr: 'open /nonexistent: no such file or directory\n' });
});

test('with the Node that built it, a program keeps nothing', async () => {
  await showVersion();
  expect(await keptCode()).toEqual([]);
});

test('with another Node, the first command keeps its code, the next ones take it', async () => {
  await rm(join(folder, 'dist', CODE));
  const first = await showVersion();
  const [code = ''] = await keptCode();
  expect(code).toMatch(CODE);
  const { mtimeMs, mode } = await stat(code);
  expect(mode & 0o777).toBe(0o600);
  expect(await showVersion()).toBe(first);
  expect((await stat(code)).mtimeMs).toBe(mtimeMs);
});

test('code that is damaged is not used, and is made again', async () => {
  await rm(join(folder, 'dist', CODE));
  const whole = await showVersion();
  const [code = ''] = await keptCode();
  const { size } = await stat(code);
  await writeFile(code, 'nothing that Node made');
  expect(await showVersion()).toBe(whole);
  expect((await stat(code)).size).toBeGreaterThan(size / 2);
});

test('where nothing can be kept, commands run all the same', async () => {
  await rm(join(folder, 'dist', CODE));
  await writeFile(join(folder, 'cache'), '');
  expect(await showVersion()).toContain('version');
});
