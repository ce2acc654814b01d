import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { listChanges } from '../../src/notary/store/change-feed.ts';
import { countCollections, listCollections } from '../../src/notary/store/collection-list.ts';
import { listRoles, listVersions } from '../../src/notary/store/history.ts';
import { MetadataStore, type NewFile } from '../../src/notary/store/metadata-store.ts';
import { type NotaryDatabase, openNotaryDatabase } from '../../src/notary/store/schema.ts';
import { parseGun, parseRoleName } from '../../src/tuf/index.ts';
import { TEST_NOW } from '../tuf-repository.ts';

const gun = parseGun('example.com/a');
const other = parseGun('example.com/b');
const later = new Date(TEST_NOW.getTime() + 1000);

function file(role: string, version: number, text = `${role} ${version}`): NewFile {
  return { role: parseRoleName(role), version, bytes: Buffer.from(text) };
}
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What every store of metadata promises. `open` opens a new, empty database; `again` the same one by another connection. */
export function describeMetadataStore(name: string, locate: () => Promise<string>): void {
  describe(name, () => {
    let location: string;
    let database: NotaryDatabase;
    let store: MetadataStore;
    beforeEach(async () => {
      location = await locate();
      database = await openNotaryDatabase(location);
      store = new MetadataStore(database);
      return () => database[Symbol.asyncDispose]();
    });

    test('gives files back by role, by version and by hash, with the time they were stored', async () => {
      await store.addFiles(gun, [file('targets', 1), file('targets/a', 7), file('timestamp', 1)], TEST_NOW);
      await store.addFiles(gun, [file('targets', 2), file('timestamp', 2)], later);
      expect(await store.findCurrent(gun, parseRoleName('targets'))).toEqual({
        role: 'targets',
        version: 2,
        sha256: sha256('targets 2'),
        bytes: Buffer.from('targets 2'),
        lastModified: 'Mon, 23 Nov 2026 12:00:01 UTC',
      });
      expect((await store.findVersion(gun, parseRoleName('targets'), 1))?.bytes.toString()).toBe('targets 1');
      expect((await store.findByHash(gun, sha256('targets/a 7')))?.role).toBe('targets/a');
      expect(await store.findVersion(gun, parseRoleName('targets'), 3)).toBeUndefined();
      expect(await store.findByHash(other, sha256('targets 2'))).toBeUndefined();
      expect(await store.findCurrent(other, parseRoleName('targets'))).toBeUndefined();
    });

    test.each([
      { why: 'the same version', files: [file('targets', 2, 'x')] },
      { why: 'an older version', files: [file('targets', 1, 'x')] },
      { why: 'one older version among newer ones', files: [file('snapshot', 3), file('targets', 1, 'x')] },
    ])('refuses $why, and stores nothing of it', async ({ files }) => {
      await store.addFiles(gun, [file('targets', 2), file('timestamp', 1)], TEST_NOW);
      const conflict = store.addFiles(gun, [...files, file('timestamp', 2)], later);
      await expect(conflict).rejects.toMatchObject({ code: 'NOTARY_VERSION_CONFLICT', role: 'targets' });
      expect(await listRoles(database, gun)).toEqual(['targets', 'timestamp']);
      expect(await listChanges(database, { records: 10, isBackwards: false })).toHaveLength(1);
    });

    test('stores nothing when what belongs to it fails', async () => {
      const failing = store.addFiles(gun, [file('targets', 1), file('timestamp', 1)], TEST_NOW, async () => {
        throw new Error('no room for the audit log');
      });
      await expect(failing).rejects.toThrow('no room');
      expect(await listRoles(database, gun)).toEqual([]);
      expect(await listChanges(database, { records: 10, isBackwards: false })).toEqual([]);
    });

    test('takes one of many that store the same version, by several connections', async () => {
      await using second = await openNotaryDatabase(location.includes(':memory:') ? ':memory:' : location);
      const stores = location.includes(':memory:') ? [store] : [store, new MetadataStore(second)];
      const offers = Array.from({ length: 24 }, (_, i) =>
        stores[i % stores.length]?.addFiles(gun, [file('targets', 1, `offer ${i}`)], TEST_NOW),
      );
      const outcomes = await Promise.allSettled(offers);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
      expect(new Set(reasons)).toEqual(new Set(['NOTARY_VERSION_CONFLICT']));
    });

    test('forgets a collection, and says so in the feed', async () => {
      await store.addFiles(gun, [file('targets', 5), file('timestamp', 5)], TEST_NOW);
      await store.addFiles(other, [file('timestamp', 1)], TEST_NOW);
      await store.deleteCollection(gun, later);
      await store.deleteCollection(gun, later); // there is nothing any more, and nothing to say
      expect(await listRoles(database, gun)).toEqual([]);
      expect(await listRoles(database, other)).toEqual(['timestamp']);
      await store.addFiles(gun, [file('timestamp', 1)], later); // begins anew
      const feed = await listChanges(database, { gun, records: 10, isBackwards: false });
      expect(feed.map(({ Category, Version }) => [Category, Version])).toEqual([
        ['update', 5],
        ['deletion', undefined],
        ['update', 1],
      ]);
    });

    test('pages through the feed, forwards and backwards', async () => {
      for (let version = 1; version <= 5; version += 1)
        await store.addFiles(gun, [file('timestamp', version)], TEST_NOW);
      const ids = (await listChanges(database, { records: 10, isBackwards: false })).map(({ ID }) => Number(ID));
      const page = async (after: number | undefined, isBackwards: boolean, records = 2) =>
        (await listChanges(database, { after, records, isBackwards })).map(({ Version }) => Version);
      expect(await page(undefined, false)).toEqual([1, 2]);
      expect(await page(ids[1], false)).toEqual([3, 4]);
      expect(await page(ids[4], false)).toEqual([]);
      expect(await page(undefined, true)).toEqual([4, 5]);
      expect(await page(ids[3], true)).toEqual([2, 3]);
      expect(await page(ids[0], true)).toEqual([]);
    });

    test('lists collections by name, page by page, with what they have', async () => {
      const names = ['a', 'b/one', 'b/two', 'b', 'c'];
      for (const each of names) {
        await store.addFiles(parseGun(each), [file('root', 1), file('targets', 3), file('timestamp', 3)], TEST_NOW);
      }
      await store.addFiles(parseGun('b'), [file('targets', 4), file('timestamp', 4)], later);
      const guns = async (query: Parameters<typeof listCollections>[1]) =>
        (await listCollections(database, query)).map((each) => each.gun);
      expect(await guns({})).toEqual(['a', 'b', 'b/one', 'b/two', 'c']);
      expect(await guns({ limit: 2 })).toEqual(['a', 'b']);
      expect(await guns({ limit: 2, after: 'b' })).toEqual(['b/one', 'b/two']);
      expect(await guns({ prefix: 'b/' })).toEqual(['b/one', 'b/two']);
      expect(await guns({ prefix: 'b/', after: 'b/one' })).toEqual(['b/two']);
      expect(await guns({ prefix: 'd' })).toEqual([]);
      expect(await countCollections(database, 'b')).toBe(3);
      const [b] = await listCollections(database, { prefix: 'b', limit: 1 });
      const versions = { root: 1, targets: 4, timestamp: 4 };
      expect(b).toEqual({ gun: 'b', files: 5, bytes: 46, updatedAt: later, versions });
    });

    test('lists versions of a role, the newest first', async () => {
      const bytes = (version: number) =>
        `{"signed":{"_type":"Targets","expires":"2030-01-0${version}T00:00:00Z","version":${version}},"signatures":[]}`;
      for (let version = 1; version <= 4; version += 1)
        await store.addFiles(gun, [file('targets', version, bytes(version))], TEST_NOW);
      const role = parseRoleName('targets');
      const page = await listVersions(database, gun, role, { limit: 2 });
      expect(page.map(({ version }) => version)).toEqual([4, 3]);
      expect(page[0]).toMatchObject({
        storedAt: TEST_NOW,
        size: bytes(4).length,
        sha256: sha256(bytes(4)),
        expires: new Date('2030-01-04T00:00:00Z'),
      });
      const rest = await listVersions(database, gun, role, { before: 3 });
      expect(rest.map(({ version }) => version)).toEqual([2, 1]);
    });
  });
}
