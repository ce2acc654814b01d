import { expect, test } from 'vitest';
import { openOwnSandbox } from './own-sandbox.ts';
import { playPageInPipes } from './page-in-pipes.ts';

test('the page without a terminal is what the real docker 28 printed', { timeout: 60_000 }, async () => {
  await using sandbox = await openOwnSandbox('page');
  await playPageInPipes(sandbox, 'docker');
});

test('the walk-through reaches every verdict and leaves nothing behind', { timeout: 60_000 }, async () => {
  await using sandbox = await openOwnSandbox('none');
  const { stdout, status } = await sandbox.run(['walkthrough']);
  expect(status).toBe(0);
  expect(stdout.match(/✔ .*(?=:)/g)).toEqual([
    '✔ unsigned refused',
    '✔ signed push',
    '✔ trusted pull',
    '✔ tampered refused',
  ]);
});
