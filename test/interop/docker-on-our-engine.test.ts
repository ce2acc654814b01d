import { expect, test } from 'vitest';
import { differences, play, REGISTRY } from './image-play.ts';
import { type StartEngine, startOurEngine, startRealEngine } from './peers/engines.ts';
import { createWorkspace } from './peers/workspace.ts';

/** docker 28 through its whole list of commands about images; on our Engine it speaks the API that dockerd 20.10 has. */
async function playOn(start: StartEngine) {
  await using workspace = await createWorkspace();
  await using engine = await start(workspace, REGISTRY);
  return await play(workspace, ['docker'], { DOCKER_HOST: engine.host, DOCKER_API_VERSION: '1.41' });
}

test('docker does not notice on which Engine it works with images', { timeout: 300_000 }, async () => {
  const theirs = await playOn(startRealEngine);
  const ours = await playOn(startOurEngine);
  expect(differences(ours, theirs)).toEqual({});
});
