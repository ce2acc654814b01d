import { cpSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseImageReference } from '../../src/core/index.ts';
import { openEngine } from '../../src/engine/index.ts';
import { makeImage, putImage } from './image-fixture.ts';
import { drain, type RunningEngine, startEngine } from './running-engine.ts';

const R = 'sandboxregistry:5000/test/trusttest';

/** Opens the store as a process that died now would leave it, and demands that all it lists is whole. */
async function openAsLeft(running: RunningEngine): Promise<string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'left-'));
  try {
    const root = join(running.folder, 'store');
    // at once, so that the engine does not go on meanwhile; drafts come and go
    cpSync(root, copy, { recursive: true, filter: (path) => dirname(path) !== join(root, 'tmp') });
    await using engine = await openEngine({ root: copy });
    const images = await engine.list();
    for (const { id } of images) for await (const _ of await engine.save([id])); // reads every blob
    return images.flatMap(({ tags }) => tags);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

describe('a process that dies at any line of its stream leaves the old images or the new, whole', () => {
  test('in a pull', async () => {
    await using running = await startEngine();
    await putImage(running.registry, 'test/trusttest', 'old', await makeImage(['shared', 'old']));
    await putImage(running.registry, 'test/trusttest', 'new', await makeImage(['shared', 'new', 'more']));
    await drain(running.engine.pull(parseImageReference(`${R}:old`)));
    const seen = new Set<string>();
    for await (const _ of running.engine.pull(parseImageReference(`${R}:new`))) {
      seen.add((await openAsLeft(running)).join());
    }
    expect([...seen]).toEqual([`${R}:old`, `${R}:new,${R}:old`]);
  });

  test('in a push', async () => {
    await using running = await startEngine();
    await putImage(running.registry, 'test/trusttest', 'v1', await makeImage(['one', 'two']));
    await drain(running.engine.pull(parseImageReference(`${R}:v1`)));
    await running.engine.tag(`${R}:v1`, 'sandboxregistry:5000/test/other:v1');
    for await (const _ of running.engine.push(parseImageReference('sandboxregistry:5000/test/other:v1'))) {
      expect(await openAsLeft(running)).toHaveLength(2);
    }
  });
});

test("pulls, pushes and removals at the same time do not take each other's blobs", async () => {
  await using running = await startEngine();
  const { engine, registry } = running;
  const tags = ['a', 'b', 'c', 'd'];
  for (const tag of tags) await putImage(registry, 'test/trusttest', tag, await makeImage(['shared', `only ${tag}`]));
  const work = tags.map(async (tag, i) => {
    for (let round = 0; round < 4; round += 1) {
      const pulled = await drain(engine.pull(parseImageReference(`${R}:${tag}`)));
      expect(pulled.error).toBeUndefined();
      await engine.tag(`${R}:${tag}`, `sandboxregistry:5000/test/copy-${i}:${round}`);
      const pushed = await drain(engine.push(parseImageReference(`sandboxregistry:5000/test/copy-${i}:${round}`)));
      expect(pushed.error).toBeUndefined();
      await engine.remove((await engine.inspect(`${R}:${tag}`)).image.id, true);
    }
  });
  await Promise.all(work);
  expect(await engine.list()).toEqual([]);
  expect(await running.storedFiles()).toEqual([]);
});

test('two pulls of the same image at once both succeed', async () => {
  await using running = await startEngine();
  await putImage(running.registry, 'test/trusttest', 'latest', await makeImage(['one', 'two']));
  const pull = () => drain(running.engine.pull(parseImageReference(`${R}:latest`)));
  const outcomes = await Promise.all([pull(), pull()]);
  expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined]);
  expect(await running.engine.list()).toHaveLength(1);
});
