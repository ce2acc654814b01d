import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { openOwnSandbox } from '../sandbox/own-sandbox.ts';
import { playPageInPipes } from '../sandbox/page-in-pipes.ts';

test('the real docker CLI 28 plays the page on our Engine, registry and Notary server', async () => {
  const docker = execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim();
  expect(execFileSync(docker, ['--version'], { encoding: 'utf8' })).toMatch(/version 28\./); // the last that enforces trust
  await using sandbox = await openOwnSandbox('page');
  await playPageInPipes(sandbox, docker);
});
