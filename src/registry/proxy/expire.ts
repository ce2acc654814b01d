import type { RepositoryName } from '../../core/index.ts';
import { keyName, type StorageDriver, type StorageKey, storageKey } from '../../storage/index.ts';
import { listRepositories } from '../catalog.ts';
import { layersFolder, revisionsFolder, tagsFolder } from '../layout.ts';

/** How much a cache let go of. */
export interface Expired {
  readonly manifests: number;
  readonly blobs: number;
  readonly tags: number;
}

/**
 * Lets go of what a pull-through cache fetched before that time: tags first, then manifests, then blobs, so that nothing
 * kept is without what it needs for longer than a pull takes. It is fetched again when somebody wants it. The data itself
 * is the garbage collector's to remove.
 */
export async function expireProxied(driver: StorageDriver, before: Date): Promise<Expired> {
  const expired = { manifests: 0, blobs: 0, tags: 0 };
  for (const name of await listRepositories(driver)) {
    expired.tags += await removeOld(driver, tagLinks(driver, name), before);
    expired.manifests += await removeOld(driver, digestLinks(driver, revisionsFolder(name)), before);
    expired.blobs += await removeOld(driver, digestLinks(driver, layersFolder(name)), before);
  }
  return expired;
}

/** A link, and the folder that goes with it. */
interface Entry {
  readonly folder: StorageKey;
  readonly link: StorageKey;
}

async function* digestLinks(driver: StorageDriver, root: StorageKey): AsyncGenerator<Entry> {
  for await (const algorithm of driver.list(root)) {
    for await (const folder of driver.list(algorithm)) yield { folder, link: storageKey(folder, 'link') };
  }
}

async function* tagLinks(driver: StorageDriver, name: RepositoryName): AsyncGenerator<Entry> {
  for await (const folder of driver.list(tagsFolder(name))) {
    if (!keyName(folder).startsWith('.')) yield { folder, link: storageKey(folder, 'current', 'link') };
  }
}

async function removeOld(driver: StorageDriver, entries: AsyncIterable<Entry>, before: Date): Promise<number> {
  const old: StorageKey[] = [];
  for await (const { folder, link } of entries) {
    const stat = await driver.stat(link);
    if (stat && stat.modifiedAt < before) old.push(folder);
  }
  for (const folder of old) await driver.delete(folder);
  return old.length;
}
