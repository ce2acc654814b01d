import type { Readable } from 'node:stream';
import { type Digest, digestOf, type RepositoryName } from '../core/index.ts';
import type { ReadRange, StorageDriver, StorageKey } from '../storage/index.ts';
import { RegistryError } from './errors.ts';
import type { Claims } from './gc/claims.ts';
import { blobDataKey, layerLinkKey } from './layout.ts';
import type { Links } from './links.ts';
import type { PromisedSizes } from './promised-sizes.ts';
import type { Source } from './stat-cache.ts';

/** A blob that a repository has. Sizes in bytes; they differ when somebody changed the file underneath. */
export interface StoredBlob {
  /** As asked for. */
  readonly digest: Digest;
  /** Where the bytes are: what the link says, the same digest unless an administrator linked it elsewhere. */
  readonly target: Digest;
  /** What to announce. */
  readonly promisedSize: number;
  readonly storedSize: number;
  /** The objects that say so: as long as none of them changes, neither does this. Left out when it may all the same. */
  readonly sources?: readonly Source[];
}

/** Blobs, stored once and linked from each repository that has them. */
export class Blobs {
  readonly #driver: StorageDriver;
  readonly #links: Links;
  readonly #sizes: PromisedSizes;
  readonly #claims: Claims;

  constructor(driver: StorageDriver, links: Links, sizes: PromisedSizes, claims: Claims) {
    this.#driver = driver;
    this.#links = links;
    this.#sizes = sizes;
    this.#claims = claims;
  }

  /** Only through the repository's own link: that a blob is stored gives nobody a right to it. */
  async find(name: RepositoryName, digest: Digest): Promise<StoredBlob | undefined> {
    const link = await this.#links.findSource(layerLinkKey(name, digest));
    if (!link) return undefined;
    const target = link.value;
    const key = blobDataKey(target);
    const stat = await this.#driver.stat(key);
    if (!stat) return undefined;
    const promisedSize = await this.#sizes.promise(target, stat);
    const sources = [link, { key, version: stat.version }];
    return { digest, target, promisedSize, storedSize: stat.size, sources };
  }

  /** @throws {RegistryError} BLOB_UNKNOWN */
  async get(name: RepositoryName, digest: Digest): Promise<StoredBlob> {
    const blob = await this.find(name, digest);
    if (!blob) throw new RegistryError('BLOB_UNKNOWN', digest);
    return blob;
  }

  read(blob: StoredBlob, range: ReadRange): Promise<Readable> {
    return this.#driver.read(blobDataKey(blob.target), range);
  }

  /** As `read`, for one who passes the bytes on: a chunk is good until `take` has resolved. */
  async send(blob: StoredBlob, range: ReadRange, take: (chunk: Buffer) => Promise<void>): Promise<void> {
    const key = blobDataKey(blob.target);
    if (this.#driver.send) return this.#driver.send(key, range, take);
    for await (const chunk of await this.#driver.read(key, range)) await take(chunk);
  }

  /** Stores a small blob whole. */
  async put(name: RepositoryName, bytes: Uint8Array): Promise<Digest> {
    const digest = digestOf(bytes);
    await this.claimForPush(name, digest);
    await this.#driver.write(blobDataKey(digest), [bytes]);
    this.#sizes.remember(digest, bytes.byteLength);
    await this.link(name, digest);
    return digest;
  }

  /** Gives the repository a blob whose data is stored. Data first, link after: a link never points at nothing. */
  async link(name: RepositoryName, digest: Digest): Promise<void> {
    await this.#links.put(layerLinkKey(name, digest), digest);
  }

  /** Links a blob of another repository here (distribution-spec v1.1 end-11). False when that one has no such blob. */
  async mount(name: RepositoryName, digest: Digest, from: RepositoryName): Promise<boolean> {
    const found = await this.find(from, digest);
    if (!found) return false;
    await this.#claims.claim(digest);
    if (found.target !== digest) await this.#claims.claim(found.target);
    const blob = await this.find(from, digest); // it may have been collected until the claim
    if (!blob) return false;
    await this.#links.put(layerLinkKey(name, digest), blob.target);
    return true;
  }

  /**
   * Links a blob here that any repository has: `from` is left out (distribution-spec v1.1, "Mounting a blob from another
   * repository"). Whoever knows the digest gets the blob, so it is not for a registry that grants repositories one by one.
   */
  async mountStored(name: RepositoryName, digest: Digest): Promise<boolean> {
    if (!(await this.#driver.stat(blobDataKey(digest)))) return false;
    await this.#claims.claim(digest);
    if (!(await this.#driver.stat(blobDataKey(digest)))) return false; // collected until the claim
    await this.link(name, digest);
    return true;
  }

  /**
   * To be called before the data of a blob is put in place, which may be there already and about to be collected; `draft`
   * is what is put there, and may have been written long ago.
   */
  async claimForPush(name: RepositoryName, digest: Digest, draft?: StorageKey): Promise<void> {
    if (draft) await this.#claims.claimOldLink(digest, draft);
    await this.#claims.claimStored(digest, [blobDataKey(digest), layerLinkKey(name, digest)]);
  }

  /** Keeps collectors from a blob that a manifest names. */
  async claimForUse(name: RepositoryName, digest: Digest): Promise<void> {
    await this.#claims.claimOldLink(digest, layerLinkKey(name, digest));
  }

  /** For HEAD, by which clients find out what they need not push: see `Claims`. */
  expectUse(name: RepositoryName, digest: Digest): Promise<() => boolean> {
    return this.#claims.expectUse(digest, layerLinkKey(name, digest));
  }

  /** Takes the blob from this repository; the data stays for the others. @throws {RegistryError} BLOB_UNKNOWN */
  async delete(name: RepositoryName, digest: Digest): Promise<void> {
    await this.get(name, digest);
    await this.#driver.delete(layerLinkKey(name, digest));
  }
}
