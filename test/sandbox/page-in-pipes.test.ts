import { test } from 'vitest';
import { openOwnSandbox } from './own-sandbox.ts';
import { playPageInPipes } from './page-in-pipes.ts';

test('the page without a terminal is what the real docker 28 printed', { timeout: 60_000 }, async () => {
  await using sandbox = await openOwnSandbox('page');
  await playPageInPipes(sandbox, 'docker');
});
