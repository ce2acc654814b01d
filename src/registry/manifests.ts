import { type Digest, digestAlgorithm, digestOf, isDigest, type RepositoryName, type Tag } from '../core/index.ts';
import type { StorageDriver } from '../storage/index.ts';
import type { Blobs } from './blobs.ts';
import { RegistryError } from './errors.ts';
import { blobDataKey, currentTagLinkKey, referrerLinkKey, revisionLinkKey, tagIndexLinkKey } from './layout.ts';
import type { Links } from './links.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';
import { StatCache } from './stat-cache.ts';

const MAX_CACHED_BYTES = 64 * 1024 * 1024;

/** What names a manifest within a repository. A digest has a colon, a tag never has. */
export type ManifestReference = Tag | Digest;

/** A manifest as it is served: the bytes that came, whatever has become of them on disk since. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

type Parsed = Pick<StoredManifest, 'bytes' | 'manifest'>;

/** Manifests, stored as blobs, linked from each repository that has them as a revision. */
export class Manifests {
  readonly #driver: StorageDriver;
  readonly #links: Links;
  readonly #blobs: Blobs;
  readonly #parsed: StatCache<Parsed>;

  constructor(driver: StorageDriver, links: Links, blobs: Blobs) {
    this.#driver = driver;
    this.#links = links;
    this.#blobs = blobs;
    const limits = { maxObjectBytes: MAX_MANIFEST_BYTES, maxCost: MAX_CACHED_BYTES };
    this.#parsed = new StatCache(driver, limits, (bytes) => ({ bytes, manifest: parseManifest(bytes) }));
  }

  /**
   * @throws {RegistryError} MANIFEST_UNKNOWN; UNKNOWN when what is stored is no manifest any more
   */
  async get(name: RepositoryName, reference: ManifestReference): Promise<StoredManifest> {
    const found = await this.find(name, reference);
    if (found) return found;
    const detail = isDigest(reference) ? { Name: name, Revision: reference } : { Tag: reference };
    throw new RegistryError('MANIFEST_UNKNOWN', detail);
  }

  async find(name: RepositoryName, reference: ManifestReference): Promise<StoredManifest | undefined> {
    const digest = isDigest(reference) ? reference : await this.#links.find(currentTagLinkKey(name, reference));
    const target = digest && (await this.#links.find(revisionLinkKey(name, digest)));
    const parsed = target && (await this.#read(target));
    return digest && parsed && { digest, ...parsed };
  }

  /**
   * Stores a manifest, and lets a tag point at it. Order on disk: data, revision, referrer, the tag's history, and last
   * the tag itself, so that a crash leaves the tag on the old manifest or on the new one, whole.
   * @throws {RegistryError} MANIFEST_INVALID, DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN
   */
  async put(
    name: RepositoryName,
    reference: ManifestReference,
    contentType: string,
    bytes: Uint8Array,
  ): Promise<{ readonly digest: Digest; readonly manifest: Manifest }> {
    const manifest = parseManifest(bytes, contentType);
    const digest = digestOf(bytes, isDigest(reference) ? digestAlgorithm(reference) : 'sha256');
    if (isDigest(reference) && reference !== digest) throw new RegistryError('DIGEST_INVALID');
    await this.#verifyReferences(name, manifest);
    await this.#driver.write(blobDataKey(digest), [bytes]);
    await this.#links.put(revisionLinkKey(name, digest), digest);
    if (manifest.subject) await this.#links.put(referrerLinkKey(name, manifest.subject.digest, digest), digest);
    if (!isDigest(reference)) {
      await this.#links.put(tagIndexLinkKey(name, reference, digest), digest);
      await this.#links.put(currentTagLinkKey(name, reference), digest);
    }
    return { digest, manifest };
  }

  /** Removes the revision from this repository; tags on it go first, by the caller. */
  async delete(name: RepositoryName, { digest, manifest }: StoredManifest): Promise<void> {
    await this.#driver.delete(revisionLinkKey(name, digest));
    if (manifest.subject) await this.#driver.delete(referrerLinkKey(name, manifest.subject.digest, digest));
  }

  async #read(target: Digest): Promise<Parsed | undefined> {
    try {
      return await this.#parsed.get(blobDataKey(target));
    } catch (error) {
      // Not the client's fault: someone changed the file. A plain failure, with the parser's own detail.
      if (error instanceof RegistryError) {
        throw new RegistryError('UNKNOWN', error.entries[0]?.detail, {
          cause: new Error(`stored manifest ${target} is damaged`, { cause: error }),
        });
      }
      throw error;
    }
  }

  /** A manifest never names what this repository does not have (distribution-spec v1.1, "Pushing Manifests"). */
  async #verifyReferences(name: RepositoryName, { blobs, manifests }: Manifest): Promise<void> {
    const missing: Digest[] = [];
    for (const { digest } of blobs) if (!(await this.#blobs.find(name, digest))) missing.push(digest);
    for (const { digest } of manifests) if (!(await this.#has(name, digest))) missing.push(digest);
    if (missing.length === 0) return;
    throw new RegistryError('MANIFEST_BLOB_UNKNOWN', undefined, { details: [...new Set(missing)] });
  }

  /** An index may also point at plain blobs (image-spec v1.1, image-index.md). */
  async #has(name: RepositoryName, digest: Digest): Promise<boolean> {
    const target = await this.#links.find(revisionLinkKey(name, digest));
    if (target && (await this.#driver.stat(blobDataKey(target)))) return true;
    return (await this.#blobs.find(name, digest)) !== undefined;
  }
}
