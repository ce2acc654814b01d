import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf, MEDIA_TYPES, parseRepositoryName, parseTag } from '../../src/core/index.ts';
import { collectGarbage, createRegistry, scrub } from '../../src/registry/index.ts';
import { type ObjectStat, openS3Driver, type StorageDriver } from '../../src/storage/index.ts';
import { findDamage } from '../registry/gc/store-check.ts';
import { imageManifest } from '../registry/running-registry.ts';
import { type S3Peer, startS3 } from './peers/s3.ts';

const HOUR = 3_600_000;
const name = parseRepositoryName('test/app');
let s3: S3Peer;
beforeAll(async () => {
  s3 = await startS3('127.71.12.3');
});
afterAll(async () => {
  await s3?.[Symbol.asyncDispose]();
});

test('a bucket is collected, what is claimed meanwhile stays, and every digest is right after', async () => {
  const driver = await openS3Driver(s3.fresh());
  const { blobs, manifests } = createRegistry({ driver });
  const put = (text: string) => blobs.put(name, Buffer.from(text));
  const image = Buffer.from(imageManifest(await put('{}'), [await put('wanted')]));
  await manifests.put(name, parseTag('latest'), MEDIA_TYPES.ociManifest, image);
  const untagged = Buffer.from(imageManifest(await put('{"a":1}'), [await put('untagged')]));
  await manifests.put(name, digestOf(untagged), MEDIA_TYPES.ociManifest, untagged);
  await put('left over');
  await put('found again');
  expect(await collectGarbage({ driver, deleteUntagged: true })).toMatchObject({ blobs: [], manifests: [] });

  const later = aged(driver); // the tree is hours old now; the notes beside it are new
  const replica = createRegistry({ driver: later });
  await replica.blobs.claimForUse(name, digestOf('found again'));
  expect(await replica.blobs.mount(parseRepositoryName('other'), digestOf('untagged'), name)).toBe(true);
  const report = await collectGarbage({ driver: later, deleteUntagged: true });
  expect(report.manifests.map((each) => each.name)).toEqual([digestOf(untagged)]);
  expect(report.blobs.map(({ digest }) => digest).sort()).toEqual(
    [untagged, '{"a":1}', 'left over'].map((content) => digestOf(content)).sort(),
  );
  expect(await blobs.find(name, digestOf('found again'))).toBeDefined();
  expect(await findDamage(driver)).toEqual([]);
  expect(await scrub({ driver, isQuarantining: true })).toMatchObject({ damaged: [] });
}, 120_000);

function aged(driver: StorageDriver): StorageDriver {
  return {
    ...driver,
    async stat(key): Promise<ObjectStat | undefined> {
      const stat = await driver.stat(key);
      if (!stat || !key.startsWith('docker/')) return stat;
      return { ...stat, modifiedAt: new Date(stat.modifiedAt.getTime() - 3 * HOUR) };
    },
  };
}
