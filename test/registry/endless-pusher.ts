import { randomUUID } from 'node:crypto';
import { MEDIA_TYPES, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { createRegistry } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { imageManifest } from './running-registry.ts';

/** Pushes image after image into the tree at argv[2], moving two tags, until it is killed. Says so after each. */
const registry = createRegistry({ driver: openFilesystemDriver(process.argv[2] ?? '') });
const name = parseRepositoryName('crash/test');
for (let i = 0; ; i += 1) {
  const [config, layer] = [Buffer.from(JSON.stringify({ id: randomUUID() })), Buffer.alloc(200_000, randomUUID())];
  const body = imageManifest(await registry.blobs.put(name, config), [await registry.blobs.put(name, layer)]);
  await registry.manifests.put(name, parseTag(i % 2 ? 'odd' : 'even'), MEDIA_TYPES.ociManifest, Buffer.from(body));
  process.send?.(i);
}
