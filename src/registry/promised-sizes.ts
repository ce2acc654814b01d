import type { Digest } from '../core/index.ts';

const MAX_ENTRIES = 10_000;

/**
 * Sizes of blobs that this process took in and verified: what HEAD and GET promise. A digest fixes the bytes and so the
 * size, so a size remembered stays true however the file under it changes. The registry that this one stands in for has
 * such a cache too, and clients see its effect: a blob cut short on disk is announced in full and ends early. Of a blob
 * that was there before this process nothing is known, so what is on disk is promised. Forgets the least recently used.
 */
export class PromisedSizes {
  readonly #sizes = new Map<Digest, number>();

  /** The size to promise: the remembered one, else `stored`. Bytes. */
  promise(digest: Digest, stored: number): number {
    const size = this.#sizes.get(digest);
    if (size === undefined) return stored;
    this.remember(digest, size); // used now
    return size;
  }

  remember(digest: Digest, size: number): void {
    this.#sizes.delete(digest);
    this.#sizes.set(digest, size);
    if (this.#sizes.size <= MAX_ENTRIES) return;
    for (const oldest of this.#sizes.keys()) {
      this.#sizes.delete(oldest);
      return;
    }
  }

  forget(digest: Digest): void {
    this.#sizes.delete(digest);
  }
}
