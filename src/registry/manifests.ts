import { type Digest, digestAlgorithm, digestOf, isDigest, type RepositoryName, type Tag } from '../core/index.ts';
import type { StorageDriver } from '../storage/index.ts';
import type { Blobs } from './blobs.ts';
import { RegistryError } from './errors.ts';
import type { Claims } from './gc/claims.ts';
import { mapConcurrently } from './gc/concurrently.ts';
import { blobDataKey, currentTagLinkKey, referrerLinkKey, revisionLinkKey } from './layout.ts';
import type { Links } from './links.ts';
import { MAX_MANIFEST_BYTES, type Manifest, parseManifest } from './manifest.ts';
import { type Precondition, requireState } from './precondition.ts';
import { type Made, type Source, StatCache } from './stat-cache.ts';
import type { TagCheck, Tags } from './tags.ts';

const MAX_CACHED_BYTES = 64 * 1024 * 1024;

/** What names a manifest within a repository. A digest has a colon, a tag never has. */
export type ManifestReference = Tag | Digest;

/** A manifest as it is served: the bytes that came, whatever has become of them on disk since. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  /** The objects that say so: as long as none of them changes, neither does this. Left out when it may all the same. */
  readonly sources?: readonly Source[];
}

type Parsed = Pick<StoredManifest, 'bytes' | 'manifest'>;

/** Manifests, stored as blobs, linked from each repository that has them as a revision. */
export class Manifests {
  readonly #driver: StorageDriver;
  readonly #links: Links;
  readonly #blobs: Blobs;
  readonly #tags: Tags;
  readonly #claims: Claims;
  readonly #parsed: StatCache<Parsed>;

  constructor(driver: StorageDriver, links: Links, blobs: Blobs, tags: Tags, claims: Claims) {
    this.#driver = driver;
    this.#links = links;
    this.#blobs = blobs;
    this.#tags = tags;
    this.#claims = claims;
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
    const tag = isDigest(reference) ? undefined : await this.#links.findSource(currentTagLinkKey(name, reference));
    const digest = isDigest(reference) ? reference : tag?.value;
    const revision = digest && (await this.#links.findSource(revisionLinkKey(name, digest)));
    const parsed = revision && (await this.#read(revision.value));
    if (!digest || !parsed) return undefined;
    return { digest, ...parsed.value, sources: tag ? [tag, revision, parsed] : [revision, parsed] };
  }

  /**
   * Stores a manifest, and lets tags point at it: the one it is put by, and `tags`. Order on disk: data, revision,
   * referrer, and for each tag its history and last the tag itself, so that a crash leaves it on the old manifest or on
   * the new one, whole.
   * @throws {RegistryError} MANIFEST_INVALID, DIGEST_INVALID, MANIFEST_BLOB_UNKNOWN, PRECONDITION_FAILED
   */
  async put(
    name: RepositoryName,
    reference: ManifestReference,
    contentType: string,
    bytes: Uint8Array,
    { tags = [], precondition }: { readonly tags?: readonly Tag[]; readonly precondition?: Precondition } = {},
  ): Promise<{ readonly digest: Digest; readonly manifest: Manifest }> {
    const manifest = parseManifest(bytes, contentType);
    const digest = digestOf(bytes, isDigest(reference) ? digestAlgorithm(reference) : 'sha256');
    if (isDigest(reference) && reference !== digest) throw new RegistryError('DIGEST_INVALID');
    const began = this.#claims.now();
    await this.#claimReferences(name, manifest);
    await this.#verifyReferences(name, manifest);
    if (precondition) requireState(precondition, (await this.find(name, reference))?.digest);
    await this.#store(name, digest, manifest, bytes);
    if (manifest.subject) await this.#links.put(referrerLinkKey(name, manifest.subject.digest, digest), digest);
    if (!isDigest(reference)) {
      await this.#tags.put(name, reference, digest, precondition && this.#tagCheck(name, precondition));
    }
    for (const tag of tags) await this.#tags.put(name, tag, digest);
    const isThere = await this.#driver.stat(revisionLinkKey(name, digest));
    // Deleted by somebody who did not see the tag, or so slow that a collector may have taken it.
    if (!isThere || !this.#claims.isGoodSince(began)) await this.#store(name, digest, manifest, bytes);
    return { digest, manifest };
  }

  /** For HEAD by digest, by which clients find out what they need not push: see `Claims`. */
  expectUse(name: RepositoryName, digest: Digest): Promise<() => boolean> {
    return this.#claims.expectUse(digest, revisionLinkKey(name, digest));
  }

  /** Removes a tag and leaves its manifest. @throws {RegistryError} MANIFEST_UNKNOWN, PRECONDITION_FAILED */
  async deleteTag(name: RepositoryName, tag: Tag, precondition?: Precondition): Promise<void> {
    await this.get(name, tag);
    await this.#tags.delete(name, tag, precondition && this.#tagCheck(name, precondition));
  }

  /**
   * Removes the revision from this repository, the tags on it first. Then looks again: a tag that was put between the two saw
   * the revision still there, and one that is put later sees that it is not.
   */
  async delete(name: RepositoryName, { digest, manifest }: StoredManifest): Promise<void> {
    await this.#tags.deleteAll(name, digest);
    do await this.#driver.delete(revisionLinkKey(name, digest));
    while (await this.#tags.deleteAll(name, digest));
    if (manifest.subject) await this.#driver.delete(referrerLinkKey(name, manifest.subject.digest, digest));
  }

  /** A tag on a manifest that is gone is as good as none: it is what a GET answers that counts. */
  #tagCheck(name: RepositoryName, precondition: Precondition): TagCheck {
    return async (current) => {
      requireState(precondition, current && (await this.find(name, current))?.digest);
    };
  }

  async #read(target: Digest): Promise<Made<Parsed> | undefined> {
    try {
      return await this.#parsed.find(blobDataKey(target));
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

  /**
   * Data first, revision after; then looks again for what the manifest names, and takes the revision back when somebody
   * has deleted that meanwhile: between them, one sees the other.
   */
  async #store(name: RepositoryName, digest: Digest, manifest: Manifest, bytes: Uint8Array): Promise<void> {
    const revision = revisionLinkKey(name, digest);
    await this.#claims.claimStored(digest, [blobDataKey(digest), revision]);
    const isNew = !(await this.#driver.stat(revision));
    await this.#driver.write(blobDataKey(digest), [bytes]);
    await this.#links.put(revision, digest);
    try {
      await this.#claimReferences(name, manifest);
      await this.#verifyReferences(name, manifest);
    } catch (error) {
      if (isNew) await this.#driver.delete(revision);
      throw error;
    }
  }

  /** Keeps collectors from all that the manifest leads to (docs/adr/0003). Costs little when it was done lately. */
  async #claimReferences(name: RepositoryName, { blobs, manifests, subject }: Manifest): Promise<void> {
    await mapConcurrently(blobs, ({ digest }) => this.#blobs.claimForUse(name, digest));
    await mapConcurrently(subject ? [...manifests, subject] : manifests, async ({ digest }) => {
      await this.#claims.claimOldLink(digest, revisionLinkKey(name, digest));
      await this.#blobs.claimForUse(name, digest);
    });
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
