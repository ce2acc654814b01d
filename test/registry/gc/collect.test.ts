import { describe, expect, test } from 'vitest';
import { digestOf, parseRepositoryName, parseTag } from '../../../src/core/index.ts';
import { blobDataKey, formatReport } from '../../../src/registry/index.ts';
import { parseStorageKey, type StorageDriver } from '../../../src/storage/index.ts';
import { createCollectedRegistry, subjectOf } from './collected-registry.ts';
import { findDamage, listAll } from './store-check.ts';

const untagged = { deleteUntagged: true };

describe('a collection', () => {
  test('takes blobs that no manifest names, and leaves those that one does', async () => {
    const { pushImage, pushBlob, pass, collect, hasBlob, driver } = createCollectedRegistry();
    await pushImage('wanted', 'latest');
    await pushBlob('left over');
    pass(2);
    const report = await collect();
    expect(report).toMatchObject({ blobs: [{ digest: digestOf('left over'), size: 9 }], reclaimed: 9, blobsKept: 3 });
    expect([await hasBlob('wanted'), await hasBlob('left over')]).toEqual([true, false]);
    expect(await driver.stat(blobDataKey(digestOf('left over')))).toBeUndefined();
  });

  test('leaves what is younger than the grace', async () => {
    const { pushBlob, pass, collect } = createCollectedRegistry();
    await pushBlob('just pushed');
    pass(0.9);
    expect((await collect()).blobs).toEqual([]);
    pass(0.2);
    expect((await collect()).blobs).toHaveLength(1);
  });

  test('takes at once what is young too when nobody writes', async () => {
    const { pushBlob, collect } = createCollectedRegistry();
    await pushBlob('just pushed');
    expect((await collect({ isOffline: true })).blobs).toHaveLength(1);
  });

  test('refuses a grace that is shorter than a request may need', async () => {
    const { collect } = createCollectedRegistry();
    await expect(collect({ graceMs: 60_000 })).rejects.toMatchObject({ code: 'GRACE_TOO_SHORT' });
  });

  test('keeps data that another repository still has', async () => {
    const { pushImage, blobs, pass, collect, manifests, name, driver } = createCollectedRegistry();
    const image = await pushImage('shared', 'latest');
    const other = parseRepositoryName('other');
    await blobs.put(other, Buffer.from('shared'));
    pass(2);
    await manifests.delete(name, await manifests.get(name, image));
    await blobs.mount(other, digestOf('shared'), name); // claims it
    const { layerLinks } = await collect();
    expect(layerLinks.map(({ name }) => name)).not.toContain(digestOf('shared'));
    expect(await driver.stat(blobDataKey(digestOf('shared')))).toBeDefined();
  });

  test('says what it would do in a dry run, and changes nothing', async () => {
    const { pushBlob, pushImage, pass, collect, driver } = createCollectedRegistry();
    const image = await pushImage('untagged');
    await pushBlob('left over');
    pass(2);
    const before = await listAll(driver, parseStorageKey('docker'));
    const report = await collect({ isDryRun: true, ...untagged });
    expect(await listAll(driver, parseStorageKey('docker'))).toEqual(before);
    expect(formatReport(report)).toContain('0 blobs marked, 4 blobs and 1 manifests eligible for deletion');
    expect(formatReport(report)).toContain(`test/app: manifest eligible for deletion: ${image}`);
    expect(await collect(untagged)).toMatchObject({ blobs: report.blobs, manifests: report.manifests });
    expect(await listAll(driver, parseStorageKey('docker'))).toEqual([]);
  });

  test('keeps untagged manifests unless told otherwise', async () => {
    const { pushImage, pass, collect, has } = createCollectedRegistry();
    const image = await pushImage('untagged');
    pass(2);
    await collect();
    expect(await has(image)).toBe(true);
    await collect(untagged);
    expect(await has(image)).toBe(false);
  });

  test('keeps what a kept index lists and what refers to a kept manifest; the rest goes with its subject', async () => {
    const { pushImage, pushIndex, pass, collect, has, tags, name } = createCollectedRegistry();
    const [listed, kept, gone] = [await pushImage('listed'), await pushImage('kept', 'kept'), await pushImage('gone')];
    const index = await pushIndex([listed], 'list');
    const [keptSignature, goneSignature] = [
      await pushImage('signature', undefined, subjectOf(kept)),
      await pushImage('stale signature', undefined, subjectOf(gone)),
    ];
    const onSignature = await pushImage('on a signature', undefined, subjectOf(keptSignature));
    await pushImage('cosign of kept', `${kept.replace(':', '-')}.sig`);
    await pushImage('cosign of gone', `${gone.replace(':', '-')}.sig`);
    await pushIndex([goneSignature], gone.replace(':', '-'));
    pass(2);
    await collect(untagged);
    const answers = await Promise.all([listed, index, kept, keptSignature, onSignature, gone, goneSignature].map(has));
    expect(answers).toEqual([true, true, true, true, true, false, false]);
    expect(await tags.list(name)).toEqual(['kept', 'list', `${kept.replace(':', '-')}.sig`].sort());
  });

  test('keeps tags as retention says, and manifests that lose their last tag go', async () => {
    const { pushImage, pass, collect, tags, name, has } = createCollectedRegistry();
    const images = new Map<string, Awaited<ReturnType<typeof pushImage>>>();
    for (const tag of ['v1', 'v2', 'nightly-1', 'nightly-2', 'nightly-3', 'pr-7']) {
      images.set(tag, await pushImage(tag, tag));
      pass(24);
    }
    const keep = [{ tags: 'v*' }, { tags: 'nightly-*', newest: 2 }, { tags: 'pr-?', pushedWithinMs: 36 * 3_600_000 }];
    const retention = [{ repositories: 'test/*', keep }];
    await collect({ retention });
    expect(await tags.list(name)).toEqual(['nightly-2', 'nightly-3', 'pr-7', 'v1', 'v2']);
    pass(24);
    const report = await collect({ retention });
    expect(report.tags.map((each) => each.name)).toEqual(['pr-7']);
    expect(await has(images.get('pr-7') ?? digestOf(''))).toBe(false);
    expect(await collect({ retention: [{ repositories: 'elsewhere/*', keep: [] }], ...untagged })).toMatchObject({
      tags: [],
    });
  });

  test('takes a tag that is pushed again for one pushed lately, though nothing has changed', async () => {
    const { pushImage, pass, collect, tags, name } = createCollectedRegistry();
    const retention = [{ repositories: '*', keep: [{ tags: '*', pushedWithinMs: 48 * 3_600_000 }] }];
    for (const tag of ['again', 'once']) await pushImage('the same', tag);
    pass(40);
    await pushImage('the same', 'again');
    pass(40);
    await collect({ retention });
    expect(await tags.list(name)).toEqual(['again']);
  });

  test('leaves a repository alone in which a manifest cannot be read, and says so', async () => {
    const { pushImage, pushBlob, pass, collect, driver, hasBlob, name } = createCollectedRegistry();
    const image = await pushImage('damaged', 'latest');
    await pushBlob('perhaps named by it');
    await driver.write(blobDataKey(image), [Buffer.from('no JSON')]);
    pass(2);
    const report = await collect(untagged);
    expect(report.skipped).toEqual([{ repository: name, unreadable: [image] }]);
    expect(await hasBlob('perhaps named by it')).toBe(true);
  });

  test('collects no blobs while there is a repository whose name is none', async () => {
    const { pushBlob, pass, collect, driver } = createCollectedRegistry();
    const digest = await pushBlob('linked from elsewhere');
    const folder = 'docker/registry/v2/repositories/Made-By-Hand';
    const link = parseStorageKey(`${folder}/_layers/${digest.replace(':', '/')}/link`);
    await driver.write(link, [Buffer.from(digest)]);
    pass(2);
    expect(await collect()).toMatchObject({ unnamed: [folder], counts: { layerLinks: 1, blobs: 0 } });
    expect(await driver.stat(blobDataKey(digest))).toBeDefined();
  });

  test('keeps the blobs of manifests of kinds it does not know', async () => {
    const { pushBlob, pass, collect, driver, hasBlob } = createCollectedRegistry();
    const layer = await pushBlob('a layer of schema 1');
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, fsLayers: [{ blobSum: layer }] }));
    const digest = digestOf(bytes);
    const link = `docker/registry/v2/repositories/test/app/_manifests/revisions/${digest.replace(':', '/')}/link`;
    await driver.write(blobDataKey(digest), [bytes]);
    await driver.write(parseStorageKey(link), [Buffer.from(digest)]);
    pass(2);
    await collect();
    expect(await hasBlob('a layer of schema 1')).toBe(true);
  });

  test('finds a digest that a manifest spells with escapes', async () => {
    const { pass, collect, manifests, name, pushBlob, hasBlob } = createCollectedRegistry();
    const config = await pushBlob('hidden');
    const descriptor = `{"mediaType":"application/vnd.oci.image.config.v1+json","size":6,"digest":"\\u0073${config.slice(1)}"}`;
    const body = `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":${descriptor},"layers":[]}`;
    await manifests.put(name, parseTag('latest'), 'application/vnd.oci.image.manifest.v1+json', Buffer.from(body));
    pass(2);
    await collect(untagged);
    expect(await hasBlob('hidden')).toBe(true);
  });

  test('goes on where an earlier one was cut off, and leaves nothing half done', async () => {
    const { pushBlob, pushImage, pass, collect, driver, blobs } = createCollectedRegistry();
    await pushImage('wanted', 'latest');
    for (const repository of ['a', 'b', 'c']) {
      await blobs.put(parseRepositoryName(repository), Buffer.from(`left over in ${repository}`));
    }
    await pushBlob('left over');
    pass(2);
    await expect(collect({ driver: failingAfter(driver, 3), ...untagged })).rejects.toThrow('cut off');
    const report = await collect(untagged);
    expect(report.isResumed).toBe(true);
    expect(await findDamage(driver)).toEqual([]);
    expect((await collect(untagged)).blobs).toEqual([]);
    expect(await listAll(driver, parseStorageKey('trustsandbox/gc'))).toEqual([]);
  });

  test('does not begin while another is at work', async () => {
    const { driver, clock, collect, pass } = createCollectedRegistry();
    const note = { host: 'elsewhere', pid: 1, at: clock.now().getTime(), task: '', phase: 'blobs', done: '' };
    await driver.write(parseStorageKey('trustsandbox/gc/progress'), [Buffer.from(JSON.stringify(note))]);
    await expect(collect()).rejects.toMatchObject({ code: 'COLLECTION_UNDER_WAY' });
    pass(0.1); // it has not said anything for too long
    await collect();
  });

  test('takes back no blob that a push found here and has not named yet', async () => {
    const { pushBlob, pass, collect, blobs, hasBlob, name } = createCollectedRegistry();
    await pushBlob('found again');
    pass(2);
    await blobs.claimForUse(name, digestOf('found again')); // HEAD
    expect((await collect()).blobs).toEqual([]);
    expect(await hasBlob('found again')).toBe(true);
  });
});

/** Fails for good at the deletion after so many. */
function failingAfter(driver: StorageDriver, deletions: number): StorageDriver {
  let left = deletions;
  return new Proxy(driver, {
    get: (target, property) =>
      property === 'delete' && left-- <= 0 ? () => Promise.reject(new Error('cut off')) : Reflect.get(target, property),
  });
}
