import { describe, expect, test } from 'vitest';
import {
  type Digest,
  digestOf,
  MEDIA_TYPES,
  parseRepositoryName,
  parseTag,
  type RepositoryName,
} from '../../../src/core/index.ts';
import { collectGarbage, createRegistry, type Registry, RegistryError } from '../../../src/registry/index.ts';
import { createMemoryDriver, parseStorageKey, type StorageDriver } from '../../../src/storage/index.ts';
import { imageManifest } from '../running-registry.ts';
import { Interleaving } from './interleaving.ts';
import { findDamage } from './store-check.ts';

const MINUTE = 60_000;
/** More by the environment, for a night of it. */
const SEEDS = Number(process.env.INTERLEAVING_SEEDS ?? 60);
const NAMES = ['a', 'b/c'].map(parseRepositoryName);
const TAGS = ['latest', 'v1'].map(parseTag);
/** Few blobs, so that everybody is after the same ones. */
const LAYERS = ['one', 'two', 'three'].map((text) => Buffer.from(text));

/** What one client does: a few pushes and deletions, with pauses, as docker and others do them. */
function client(
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
      if (world.random() < 0.7) await push();
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

/** Images of long ago, some without a tag: what a collector is after, and what the next push may want. */
async function leaveGarbage({ blobs, manifests }: Registry, world: Interleaving): Promise<void> {
  for (const name of NAMES) {
    const [config, ...layers] = await Promise.all(
      [Buffer.from('{}'), ...LAYERS].map((bytes) => blobs.put(name, bytes)),
    );
    const image = Buffer.from(imageManifest(config as Digest, layers));
    if (world.random() < 0.5) await manifests.put(name, digestOf(image), MEDIA_TYPES.ociManifest, image);
  }
  world.pass(180 * MINUTE);
}

/** Runs a collector for that many operations on the store; then it is killed, in the middle of the next. */
async function collectUntil(world: Interleaving, store: StorageDriver, life: number): Promise<number> {
  let steps = 0;
  let die = (): void => undefined;
  const killed = new Promise<undefined>((resolve) => {
    die = () => resolve(undefined);
  });
  const driver = world.driver(store, () => {
    if (steps > life) die();
    return steps <= life;
  });
  const counted = new Proxy(driver, {
    get: (target, name) => {
      steps += 1;
      return Reflect.get(target, name);
    },
  });
  const collection = collectGarbage({ driver: counted, clock: world.clock, pace: world.pace, deleteUntagged: true });
  const report = await Promise.race([collection, killed]);
  return report ? report.blobs.length + report.layerLinks.length : 0;
}

async function play(seed: number, { kills = false } = {}): Promise<{ damage: string[]; collected: number }> {
  const world = new Interleaving(seed);
  const pushing = new Map<object, number>();
  const store = createMemoryDriver({ clock: world.clock });
  // A collector's lease, and the time between a client's look at a blob and its manifest: both shorter than the agreement says.
  world.longestLeap = async () => {
    for await (const _ of store.list(parseStorageKey('trustsandbox/gc/sweeps'))) return 0;
    return Math.max(0, Math.min(...pushing.values()) + 40 * MINUTE - world.now());
  };
  const pace = world.pace;
  const replica = (): Registry => {
    const isAlive = (): boolean => true;
    return createRegistry({ driver: world.driver(store, isAlive), clock: world.clock, pace });
  };
  await leaveGarbage(createRegistry({ driver: store, clock: world.clock }), world);
  let collected = 0;
  const collector = async (): Promise<void> => {
    for (let run = 0; run < 4; run += 1) {
      const life = kills && world.random() < 0.7 ? world.below(120) : Number.POSITIVE_INFINITY;
      collected += await collectUntil(world, store, life);
      await world.pause(90 * MINUTE);
    }
  };
  const clients = Array.from({ length: 3 }, () => client(replica(), world, pushing));
  await world.run([...clients, collector]);
  const damage = await findDamage(store);
  // And in the end, with nobody at work, exactly what tags lead to is left.
  world.pass(240 * MINUTE);
  await collectGarbage({ driver: store, clock: world.clock, deleteUntagged: true });
  return { damage: [...damage, ...(await findDamage(store))], collected };
}

describe('whatever the order of their steps, pushes, mounts, deletions and a collector', () => {
  test.each([[1], [2], [3], [4]])(
    'leave no manifest that names what is gone, and fail no push (part %i)',
    async (part) => {
      let collected = 0;
      for (let seed = part * 100_000; seed < part * 100_000 + SEEDS; seed += 1) {
        const result = await play(seed);
        expect([seed, result.damage]).toEqual([seed, []]);
        collected += result.collected;
      }
      expect(collected).toBeGreaterThan(20);
    },
  );

  test('do so too when the collector is killed at any step, again and again', async () => {
    for (let seed = 900_000; seed < 900_000 + SEEDS; seed += 1) {
      const { damage } = await play(seed, { kills: true });
      expect([seed, damage]).toEqual([seed, []]);
    }
  });
});
