import { type Digest, Digester, digestAlgorithm } from '../core/index.ts';
import type { ObjectStat, StorageDriver } from '../storage/index.ts';
import { blobDataKey } from './layout.ts';

const MAX_ENTRIES = 10_000;

/**
 * `verified`: the bytes were seen to match the digest, so this is the blob's size for ever. `presumed`: what the file had
 * when first served; `refuted` is a version of the file that was hashed since and is not the blob.
 */
type Promised =
  | { readonly kind: 'verified'; readonly size: number }
  | { readonly kind: 'presumed'; readonly size: number; readonly refuted?: string };

/**
 * Sizes of blobs as they were when pushed, or first served, by this process: what HEAD and GET promise, however the file
 * under it changes. The registry that this one stands in for has such a cache, and clients see its effect: a blob cut
 * short on disk is announced in full and ends early. Forgets the least recently used.
 */
export class PromisedSizes {
  readonly #driver: StorageDriver;
  readonly #sizes = new Map<Digest, Promised>();

  constructor(driver: StorageDriver) {
    this.#driver = driver;
  }

  /** The size to promise for a blob that is stored as `stat` says. Bytes. */
  async promise(digest: Digest, stat: ObjectStat): Promise<number> {
    const promised = this.#sizes.get(digest) ?? { kind: 'presumed', size: stat.size };
    if (promised.size === stat.size || promised.kind === 'verified' || promised.refuted === stat.version) {
      this.#keep(digest, promised);
      return promised.size;
    }
    // The file is not what it was: either now is the forgery, or what was served at first.
    const isGenuine = await this.#matches(digest);
    this.#keep(digest, isGenuine ? { kind: 'verified', size: stat.size } : { ...promised, refuted: stat.version });
    return isGenuine ? stat.size : promised.size;
  }

  /** A size that is known to be right, since the bytes were hashed. */
  remember(digest: Digest, size: number): void {
    this.#keep(digest, { kind: 'verified', size });
  }

  #keep(digest: Digest, promised: Promised): void {
    this.#sizes.delete(digest);
    this.#sizes.set(digest, promised);
    const oldest = this.#sizes.keys().next();
    if (this.#sizes.size > MAX_ENTRIES && !oldest.done) this.#sizes.delete(oldest.value);
  }

  async #matches(digest: Digest): Promise<boolean> {
    const digester = new Digester(digestAlgorithm(digest));
    for await (const chunk of await this.#driver.read(blobDataKey(digest))) digester.update(chunk);
    return digester.digest() === digest;
  }
}
