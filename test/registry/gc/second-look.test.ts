import { expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES, parseRepositoryName, parseTag } from '../../../src/core/index.ts';
import { createRegistry } from '../../../src/registry/index.ts';
import {
  createMemoryDriver,
  parseStorageKey,
  type StorageDriver,
  type StorageKey,
} from '../../../src/storage/index.ts';
import { imageManifest } from '../running-registry.ts';

const name = parseRepositoryName('app');
const layer = parseStorageKey(
  `docker/registry/v2/repositories/app/_layers/${digestOf('layer').replace(':', '/')}/link`,
);

/** Does `then` once, right after the first write of a key that `isIt`. */
function after(driver: StorageDriver, isIt: (key: StorageKey) => boolean, then: () => Promise<void>): StorageDriver {
  let isDone = false;
  return {
    ...driver,
    async write(key, source, options) {
      await driver.write(key, source, options);
      if (isDone || !isIt(key)) return;
      isDone = true;
      await then();
    },
  };
}

test('a manifest is refused, and not kept, when a blob it names is deleted while it is put', async () => {
  const memory = createMemoryDriver();
  const driver = after(
    memory,
    (key) => key.includes('/revisions/'),
    () => memory.delete(layer),
  );
  const { blobs, manifests, tags } = createRegistry({ driver });
  const [config, named] = [await blobs.put(name, Buffer.from('{}')), await blobs.put(name, Buffer.from('layer'))];
  const image = Buffer.from(imageManifest(config, [named]));
  const put = manifests.put(name, parseTag('latest'), MEDIA_TYPES.ociManifest, image);
  await expect(put).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
  expect(await manifests.find(name, digestOf(image))).toBeUndefined();
  expect(await tags.list(name)).toEqual([]);
  await blobs.put(name, Buffer.from('layer'));
  await manifests.put(name, parseTag('latest'), MEDIA_TYPES.ociManifest, image);
});

test('a tag leads to its manifest, though that was deleted by somebody who had not seen the tag', async () => {
  const memory = createMemoryDriver();
  const deleter = createRegistry({ driver: memory });
  const driver = after(
    memory,
    (key) => key.includes('/tags/latest/index/'),
    async () => deleter.manifests.delete(name, await deleter.manifests.get(name, digestOf(image))),
  );
  const { blobs, manifests } = createRegistry({ driver });
  const image = Buffer.from(imageManifest(await blobs.put(name, Buffer.from('{}')), []));
  await manifests.put(name, parseTag('latest'), MEDIA_TYPES.ociManifest, image);
  expect((await manifests.find(name, parseTag('latest')))?.digest).toBe(digestOf(image));
});
