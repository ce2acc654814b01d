import { join } from 'node:path';
import { expect, test } from 'vitest';
import { differences, play, REGISTRY } from './image-play.ts';
import { startRealEngine } from './peers/engines.ts';
import { createWorkspace } from './peers/workspace.ts';

const OURS = [process.execPath, join(import.meta.dirname, '../../bin/trustsandbox.cjs')];

/** A whole list of commands about images on the real dockerd. */
async function playWith(program: readonly string[], env: Record<string, string> = {}) {
  await using workspace = await createWorkspace();
  await using engine = await startRealEngine(workspace, REGISTRY);
  return await play(workspace, program, { DOCKER_HOST: engine.host, ...env });
}

test('our commands about images say on dockerd what docker says', { timeout: 300_000 }, async () => {
  const theirs = await playWith(['docker']);
  const ours = await playWith(OURS, { TRUSTSANDBOX_PROGRAM: 'docker' });
  const { '$D image': help, ...others } = differences(ours, theirs);
  expect(help?.[1]?.split('\n').filter((line) => !help[0]?.includes(line))).toEqual([
    '  build       Build an image from a Dockerfile',
  ]);
  expect(others).toEqual({});
});
