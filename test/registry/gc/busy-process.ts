import { setTimeout as sleep } from 'node:timers/promises';
import { type Digest, digestOf, MEDIA_TYPES, parseRepositoryName, parseTag } from '../../../src/core/index.ts';
import { CollectionUnderWayError, collectGarbage, createRegistry, RegistryError } from '../../../src/registry/index.ts';
import { type ObjectStat, openFilesystemDriver, type StorageDriver } from '../../../src/storage/index.ts';
import { imageManifest } from '../running-registry.ts';
import { seeded } from './interleaving.ts';

/**
 * Works on the tree at argv[3] as argv[2] says, push, delete or collect, until argv[5], milliseconds since 1970; argv[4] is
 * the seed. Exits with 1 when a push fails that only a collector can have made fail. Ages are twelve hundred times what
 * they are, so that an hour has passed in three seconds.
 */
const [, , role = '', root = '', seed = '0', until = '0'] = process.argv;
const FASTER = 1200;
const BASE = Number(until) - 60_000;
const faster = (date: Date): Date => new Date(BASE + (date.getTime() - BASE) * FASTER);
const clock = { now: () => faster(new Date()) };
const driver = aging(openFilesystemDriver(root));
const { blobs, manifests } = createRegistry({ driver, clock });
const random = seeded(Number(seed));
const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const names = ['stress/a', 'stress/b'].map(parseRepositoryName);
const tags = ['latest', 'v1', 'v2'].map(parseTag);
const layers = Array.from({ length: 6 }, (_, i) => Buffer.alloc(20_000, `layer ${i}`));

async function push(): Promise<void> {
  const name = one(names);
  const digests: Digest[] = [];
  for (const bytes of [Buffer.from(`{"number":${Math.floor(random() * 5)}}`), ...layers.filter(() => random() < 0.4)]) {
    const digest = digestOf(bytes);
    await blobs.claimForUse(name, digest);
    const isThere =
      (await blobs.find(name, digest)) || (random() < 0.5 && (await blobs.mount(name, digest, one(names))));
    digests.push(isThere ? digest : await blobs.put(name, bytes));
  }
  const [config, ...rest] = digests;
  if (config) await manifests.put(name, one(tags), MEDIA_TYPES.ociManifest, Buffer.from(imageManifest(config, rest)));
}

async function remove(): Promise<void> {
  const name = one(names);
  const found = await manifests.find(name, one(tags));
  if (found) await manifests.delete(name, found);
}

async function collect(): Promise<void> {
  try {
    const report = await collectGarbage({ driver, clock, deleteUntagged: true });
    process.send?.(report.blobs.length + report.layerLinks.length + report.manifests.length);
  } catch (error) {
    if (!(error instanceof CollectionUnderWayError)) throw error;
  }
}

while (Date.now() < Number(until)) {
  if (role === 'collect') await collect();
  else if (role === 'delete') await remove().catch(unlessGone);
  else await push();
  // A client is away for a while, and finds old things when it is back.
  await sleep(role === 'push' && random() < 0.8 ? 0 : 20 + random() * 300);
}
process.disconnect?.();

function unlessGone(error: unknown): void {
  if (!(error instanceof RegistryError && error.code === 'MANIFEST_UNKNOWN')) throw error;
}

function aging(real: StorageDriver): StorageDriver {
  const aged = (stat: ObjectStat | undefined): ObjectStat | undefined =>
    stat && { ...stat, modifiedAt: faster(stat.modifiedAt) };
  return {
    ...real,
    stat: async (key) => aged(await real.stat(key)),
    appended: async (key) => aged(await real.appended(key)),
  };
}
