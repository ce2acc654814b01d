import { type Digest, isDigest, isTag, type RepositoryName, type Tag } from '../../core/index.ts';
import {
  KeyNotFoundError,
  keyName,
  ObjectTooLargeError,
  readObject,
  type StorageDriver,
  type StorageKey,
} from '../../storage/index.ts';
import {
  blobDataKey,
  currentTagLinkKey,
  layersFolder,
  revisionLinkKey,
  revisionsFolder,
  tagsFolder,
} from '../layout.ts';
import { MAX_MANIFEST_BYTES } from '../manifest.ts';
import { mapConcurrently } from './concurrently.ts';
import { type References, readReferences } from './references.ts';

const MAX_LINK_BYTES = 1024;

/** A tag as it was found. */
export interface ScannedTag {
  readonly digest: Digest;
  readonly pushedAt: Date;
  readonly version: string;
}

export interface ScannedManifest extends References {
  /** The blob that its link leads to: itself, save where somebody gave it another name. */
  readonly target: Digest;
  /** When its revision link was written. */
  readonly pushedAt: Date;
}

/** All that a repository has, at one time or a little later. */
export interface ScannedRepository {
  readonly name: RepositoryName;
  readonly tags: ReadonlyMap<Tag, ScannedTag>;
  readonly manifests: ReadonlyMap<Digest, ScannedManifest>;
  /** Names of its links to blobs. */
  readonly layers: readonly Digest[];
  /** Manifests whose references nobody can tell: damaged, or moved away. With one of them nothing may be collected here. */
  readonly unreadable: readonly Digest[];
}

/** Tags first, manifests after: a manifest that gets its tag meanwhile is young, and stays. */
export async function scanRepository(driver: StorageDriver, name: RepositoryName): Promise<ScannedRepository> {
  const tags = await scanTags(driver, name);
  const manifests = new Map<Digest, ScannedManifest>();
  const unreadable: Digest[] = [];
  await mapConcurrently(await listDigests(driver, revisionsFolder(name)), async (digest) => {
    const link = revisionLinkKey(name, digest);
    const stat = await driver.stat(link);
    if (!stat) return;
    const target = (await readLink(driver, link)) ?? digest;
    const references = await readManifest(driver, target);
    if (references) manifests.set(digest, { ...references, target, pushedAt: stat.modifiedAt });
    else unreadable.push(digest);
  });
  return { name, tags, manifests, layers: await listDigests(driver, layersFolder(name)), unreadable };
}

async function scanTags(driver: StorageDriver, name: RepositoryName): Promise<Map<Tag, ScannedTag>> {
  const tags = new Map<Tag, ScannedTag>();
  for await (const key of driver.list(tagsFolder(name))) {
    const tag = keyName(key);
    if (!isTag(tag)) continue;
    const stat = await driver.stat(currentTagLinkKey(name, tag));
    const digest = stat && (await readLink(driver, currentTagLinkKey(name, tag)));
    if (digest) tags.set(tag, { digest, pushedAt: stat.modifiedAt, version: stat.version });
  }
  return tags;
}

/** Digests by which a folder `<algorithm>/<hex>/` is filled, in order. */
export async function listDigests(driver: StorageDriver, folder: StorageKey): Promise<Digest[]> {
  const digests: Digest[] = [];
  for await (const algorithm of driver.list(folder)) {
    for await (const key of driver.list(algorithm)) {
      const digest = `${keyName(algorithm)}:${keyName(key)}`;
      if (isDigest(digest)) digests.push(digest);
    }
  }
  return digests;
}

/** What a link says; `undefined` when it is gone or says nothing. */
export async function readLink(driver: StorageDriver, key: StorageKey): Promise<Digest | undefined> {
  const text = String(await readIfThere(driver, key, MAX_LINK_BYTES)).trim();
  return isDigest(text) ? text : undefined;
}

async function readManifest(driver: StorageDriver, digest: Digest): Promise<References | undefined> {
  const bytes = await readIfThere(driver, blobDataKey(digest), MAX_MANIFEST_BYTES);
  return bytes && readReferences(bytes);
}

async function readIfThere(driver: StorageDriver, key: StorageKey, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await readObject(driver, key, maxBytes);
  } catch (error) {
    if (error instanceof KeyNotFoundError || error instanceof ObjectTooLargeError) return undefined;
    throw error;
  }
}
