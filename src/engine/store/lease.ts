import type { Digest } from '../../core/index.ts';

/** Holds blobs and layers that no image names yet, from before they are stored until their image is. */
export class Lease implements AsyncDisposable {
  readonly #pins = new Set<Digest>();
  readonly #release: () => Promise<void>;

  constructor(release: (lease: Lease) => Promise<void>) {
    this.#release = () => release(this);
  }

  /** A blob's digest or a layer's diffID. */
  pin(digest: Digest): void {
    this.#pins.add(digest);
  }

  holds(digest: Digest): boolean {
    return this.#pins.has(digest);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#release();
  }
}
