import { describe, expect, test } from 'vitest';
import { type Digest, digestOf, MEDIA_TYPES } from '../../../src/core/index.ts';
import { collectGarbage, createRegistry, type Registry } from '../../../src/registry/index.ts';
import { createMemoryDriver, parseStorageKey, type StorageDriver } from '../../../src/storage/index.ts';
import { imageManifest } from '../running-registry.ts';
import { client, LAYERS, NAMES, TAGS } from './interleaved-client.ts';
import { Interleaving } from './interleaving.ts';
import { findDamage } from './store-check.ts';

const MINUTE = 60_000;
/** More by the environment, for a night of it. */
const SEEDS = Number(process.env.INTERLEAVING_SEEDS ?? 40);

async function isSweeping(store: StorageDriver): Promise<boolean> {
  for await (const _ of store.list(parseStorageKey('trustsandbox/gc/sweeps'))) return true;
  return false;
}

/** Images of long ago, some without a tag: what a collector is after, and what the next push may want. */
async function leaveGarbage({ blobs, manifests }: Registry, world: Interleaving): Promise<void> {
  for (const name of NAMES) {
    const [config, ...layers] = await Promise.all(
      [Buffer.from('{}'), ...LAYERS].map((bytes) => blobs.put(name, bytes)),
    );
    const image = Buffer.from(imageManifest(config as Digest, layers));
    if (world.random() < 0.5)
      await manifests.put(
        name,
        world.random() < 0.5 ? digestOf(image) : (TAGS[0] ?? digestOf(image)),
        MEDIA_TYPES.ociManifest,
        image,
      );
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
    if (await isSweeping(store)) return 0;
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
  const seen: string[] = [];
  world.inspect = async () => {
    seen.push(...(await findDamage(store)).filter((found) => found.includes('manifest')));
  };
  const clients = Array.from({ length: 3 }, () => client(replica(), world, pushing));
  await world.run([...clients, collector]);
  const damage = [...seen, ...(await findDamage(store))];
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

  test('never take a tag that was moved while retention was about to take it', async () => {
    for (let seed = 1_000_000; seed < 1_000_000 + 3 * SEEDS; seed += 1) {
      const world = new Interleaving(seed);
      const { clock, pace } = world;
      const store = createMemoryDriver({ clock });
      world.longestLeap = async () => ((await isSweeping(store)) ? 0 : 180 * MINUTE);
      const { blobs, manifests } = createRegistry({ driver: world.driver(store, () => true), clock, pace });
      const [name] = NAMES;
      const [tag] = TAGS;
      if (!name || !tag) return;
      await leaveGarbage(createRegistry({ driver: store, clock }), world);
      const lost: string[] = [];
      const pusher = async (): Promise<void> => {
        for (let i = 0; i < 2; i += 1) {
          const image = Buffer.from(imageManifest(await blobs.put(name, Buffer.from(`{"number":${i}}`)), []));
          await manifests.put(name, tag, MEDIA_TYPES.ociManifest, image);
          if ((await manifests.find(name, tag))?.digest !== digestOf(image)) lost.push(`seed ${seed}, push ${i}`);
          await world.pause(180 * MINUTE);
        }
      };
      const retention = [{ repositories: '*', keep: [] }];
      const collector = async (): Promise<void> => {
        for (let run = 0; run < 3; run += 1) {
          await collectGarbage({ driver: world.driver(store, () => true), clock, pace, retention });
        }
      };
      await world.run([pusher, collector]);
      expect(lost).toEqual([]);
    }
  });
});
