import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killAgainAndAgain } from '../registry/crash/kill-again-and-again.ts';
import { bundleServer } from '../registry/crash/server-process.ts';
import { createWorkspace } from './peers/workspace.ts';

/** Another tree now and then, since each kill leaves more to look through. */
const KILLS_PER_TREE = 50;

test('a registry killed a thousand times while it is pushed to keeps what it has promised', async () => {
  await using workspace = await createWorkspace();
  const program = await bundleServer(workspace.path);
  const kills = Number(process.env.TRUSTSANDBOX_TEST_KILLS ?? 1000);
  for (let done = 0; done < kills; done += KILLS_PER_TREE) {
    const seed = 1000 + done;
    await killAgainAndAgain(program, join(workspace.path, String(seed)), {
      kills: Math.min(KILLS_PER_TREE, kills - done),
      seed,
    });
  }
  expect(kills).toBeGreaterThan(0);
}, 3_600_000);
