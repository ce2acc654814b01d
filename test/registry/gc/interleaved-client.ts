import {
  type Digest,
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
  type RepositoryName,
} from '../../../src/core/index.ts';
import { type Registry, RegistryError } from '../../../src/registry/index.ts';
import { imageManifest } from '../running-registry.ts';
import type { Interleaving } from './interleaving.ts';

const MINUTE = 60_000;
export const NAMES = ['a', 'b/c'].map(parseRepositoryName);
export const TAGS = ['latest', 'v1'].map(parseTag);
/** Few blobs, so that everybody is after the same ones. */
export const LAYERS = ['one', 'two', 'three'].map((text) => Buffer.from(text));

/** What one client does: a few pushes and deletions, with pauses, as docker and others do them. */
export function client(
  { blobs, manifests }: Registry,
  world: Interleaving,
  pushing: Map<object, number>,
): () => Promise<void> {
  const one = <T>(list: readonly T[]): T => list[world.below(list.length)] as T;
  const has = async (name: RepositoryName, digest: Digest): Promise<boolean> => {
    await blobs.claimForUse(name, digest); // HEAD
    return (await blobs.find(name, digest)) !== undefined;
  };
  const pushBlob = async (name: RepositoryName, bytes: Buffer): Promise<Digest> => {
    const digest = digestOf(bytes);
    const other = one(NAMES);
    if (await has(name, digest)) return digest;
    if (other !== name && world.random() < 0.5 && (await blobs.mount(name, digest, other))) return digest;
    if (world.random() < 0.2 && (await blobs.mountStored(name, digest))) return digest;
    return blobs.put(name, bytes);
  };
  const push = async (): Promise<void> => {
    const name = one(NAMES);
    const digests: Digest[] = [];
    for (const bytes of [Buffer.from('{}'), ...LAYERS.filter(() => world.random() < 0.6)]) {
      digests.push(await pushBlob(name, bytes));
      if (world.random() < 0.3) await world.pause(5 * MINUTE);
    }
    const [config, ...layers] = digests;
    if (!config) return;
    const image = imageManifest(config, layers);
    // Had a collector taken what was just pushed, this would throw MANIFEST_BLOB_UNKNOWN.
    await manifests.put(name, one(TAGS), MEDIA_TYPES.ociManifest, Buffer.from(image));
    if (world.random() < 0.3) {
      const list = [{ mediaType: MEDIA_TYPES.ociManifest, digest: digestOf(image), size: image.length }];
      const index = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: list });
      await manifests.put(name, one(TAGS), MEDIA_TYPES.ociIndex, Buffer.from(index)).catch(unlessDeleted);
    }
  };
  /** Somebody who knows what is here, or was, and does not look. */
  const pushBlindly = async (): Promise<void> => {
    const image = imageManifest(
      digestOf('{}'),
      LAYERS.filter(() => world.random() < 0.6).map((bytes) => digestOf(bytes)),
    );
    await manifests.put(one(NAMES), one(TAGS), MEDIA_TYPES.ociManifest, Buffer.from(image)).catch(unlessDeleted);
  };
  const remove = async (): Promise<void> => {
    const [name, tag] = [one(NAMES), one(TAGS)];
    const found = await manifests.find(name, tag);
    if (found && world.random() < 0.5) await manifests.deleteTag(name, tag);
    // An image that an index lists may be deleted by whoever is allowed to; that is not what is tested here.
    else if (found?.manifest.mediaType === MEDIA_TYPES.ociIndex) await manifests.delete(name, found);
  };
  return async () => {
    for (let round = 0; round < 2; round += 1) {
      const now = {};
      pushing.set(now, world.now());
      const choice = world.random();
      if (choice < 0.6) await push();
      else if (choice < 0.8) await pushBlindly();
      else await remove().catch(unlessDeleted);
      pushing.delete(now);
      if (world.random() < 0.6) await world.pause(180 * MINUTE);
    }
  };
}

/** Deleted by another client in between. */
function unlessDeleted(error: unknown): void {
  if (!(error instanceof RegistryError && ['MANIFEST_UNKNOWN', 'MANIFEST_BLOB_UNKNOWN'].includes(error.code)))
    throw error;
}
