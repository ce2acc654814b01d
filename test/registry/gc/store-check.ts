import { digestOf, isDigest } from '../../../src/core/index.ts';
import {
  keyName,
  parseStorageKey,
  readObject,
  type StorageDriver,
  type StorageKey,
} from '../../../src/storage/index.ts';

const ROOT = 'docker/registry/v2';

/** What is wrong with a tree: manifests that name what is not there, tags that lead nowhere, bytes that are not their digest's. */
export async function findDamage(driver: StorageDriver): Promise<string[]> {
  const damage: string[] = [];
  const keys = await listAll(driver, parseStorageKey(ROOT));
  const all = new Set<string>(keys);
  const dataOf = (digest: string): StorageKey => {
    const [algorithm = '', hex = ''] = digest.split(':');
    return parseStorageKey(`${ROOT}/blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`);
  };
  for (const key of keys) {
    const [, repository, kind, rest = ''] =
      /repositories\/(.+)\/(_layers|_manifests\/revisions|_manifests\/tags)\/(.+)$/.exec(key) ?? [];
    const blob = /blobs\/(sha\d+)\/..\/([0-9a-f]+)\/data$/.exec(key);
    if (blob) {
      const digest = digestOf(await readObject(driver, key, 1 << 28), blob[1] as 'sha256');
      if (digest !== `${blob[1]}:${blob[2]}`) damage.push(`${key} holds ${digest}`);
    }
    if (!repository || keyName(key) !== 'link') continue;
    const target = String(await readObject(driver, key, 1024));
    const has = (digest: string): boolean =>
      all.has(dataOf(digest)) &&
      ['_layers', '_manifests/revisions'].some((folder) =>
        all.has(`${ROOT}/repositories/${repository}/${folder}/${digest.replace(':', '/')}/link`),
      );
    if (kind === '_manifests/tags' && rest.endsWith('/current/link') && !has(target)) {
      damage.push(`${repository}: tag ${rest.split('/')[0]} leads to ${target}, which is gone`);
    }
    if (kind !== '_manifests/revisions' || !all.has(dataOf(target))) continue;
    const manifest = JSON.parse(String(await readObject(driver, dataOf(target), 1 << 22)));
    const named = [manifest.config, ...(manifest.layers ?? []), ...(manifest.manifests ?? [])].map(
      (each) => each?.digest,
    );
    for (const digest of named) {
      if (isDigest(digest ?? '') && !has(digest))
        damage.push(`${repository}: manifest ${target} names ${digest}, which is gone`);
    }
  }
  return damage;
}

export async function listAll(driver: StorageDriver, folder: StorageKey): Promise<StorageKey[]> {
  const found: StorageKey[] = [];
  for await (const key of driver.list(folder)) {
    if (await driver.stat(key)) found.push(key);
    else found.push(...(await listAll(driver, key)));
  }
  return found;
}
