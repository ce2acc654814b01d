import { MEDIA_TYPES, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { createRegistry, RegistryError } from '../../src/registry/index.ts';
import { openFilesystemDriver } from '../../src/storage/index.ts';
import { imageManifest } from './running-registry.ts';

/** Raises the number in the manifest of a tag argv[3] times, in the tree at argv[2], whoever else does so. */
const [, , root = '', times = '0'] = process.argv;
const { blobs, manifests } = createRegistry({ driver: openFilesystemDriver(root) });
const name = parseRepositoryName('race/test');
const tag = parseTag('counter');
const config = await blobs.put(name, Buffer.from('{}'));

for (let raised = 0; raised < Number(times); ) {
  const found = await manifests.find(name, tag);
  const next = Number(found?.manifest.annotations?.number ?? 0) + 1;
  const body = Buffer.from(imageManifest(config, [], { annotations: { number: String(next) } }));
  try {
    await manifests.put(name, tag, MEDIA_TYPES.ociManifest, body, {
      precondition: (current) => current === found?.digest,
    });
    raised += 1;
  } catch (error) {
    if (!(error instanceof RegistryError && error.code === 'PRECONDITION_FAILED')) throw error;
  }
}
