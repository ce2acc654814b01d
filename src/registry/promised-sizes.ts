import type { Digest } from '../core/index.ts';

const MAX_ENTRIES = 10_000;

/**
 * Sizes of blobs as they were when pushed, or first served, by this process: what HEAD and GET promise. A digest fixes
 * the bytes and so the size, so a size remembered stays true however the file under it changes. The registry that this
 * one stands in for has such a cache too, and clients see its effect: a blob cut short on disk is announced in full
 * and ends early. Forgets the least recently used.
 */
export class PromisedSizes {
  readonly #sizes = new Map<Digest, number>();

  /** The size to promise: the remembered one, else `stored`, which is remembered from then on. Bytes. */
  promise(digest: Digest, stored: number): number {
    const size = this.#sizes.get(digest) ?? stored;
    this.remember(digest, size);
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
