import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openOwnSandbox } from '../sandbox/own-sandbox.ts';
import { run } from './peers/run.ts';

const SCRIPT = join(import.meta.dirname, 'peers/docker_py.py');
const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

test("docker-py, Debian's, works on the Engine of a sandbox", { timeout: 180_000 }, async () => {
  await using sandbox = await openOwnSandbox('page');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
  const { stdout: variables } = await sandbox.run(['env']);
  const host = /^export DOCKER_HOST='(.*)'$/m.exec(variables)?.[1] ?? '';
  const { stdout, stderr, status } = await run('/usr/bin/python3', [SCRIPT, ARCHIVE, 'sandboxregistry:5000/test/py'], {
    env: { DOCKER_HOST: host, HOME: sandbox.folder },
  });
  expect(stdout.split('\n').filter((line) => line.startsWith('WRONG'))).toEqual([]);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout.trim().split('\n').length).toBe(37);
});
