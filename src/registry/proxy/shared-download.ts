import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { type Digest, Digester, DigestMismatchError, digestAlgorithm } from '../../core/index.ts';

/** Bytes that may wait for a client that reads more slowly than the storage writes. */
const LIVE_BUFFER_BYTES = 1024 * 1024;

/**
 * A blob on its way from another registry into the storage, shared by all who want it. The first who asks reads along;
 * the others wait until it is whole. `store` takes the bytes, all or nothing.
 */
export class SharedDownload {
  /** Resolves when the blob is stored and verified; rejects when it never will be. */
  readonly stored: Promise<void>;
  readonly #live = new PassThrough({ highWaterMark: LIVE_BUFFER_BYTES });
  #isLiveTaken = false;

  constructor(
    digest: Digest,
    source: () => Promise<AsyncIterable<Uint8Array>>,
    store: (bytes: AsyncIterable<Uint8Array>) => Promise<void>,
  ) {
    this.#live.on('error', () => undefined); // a client that went away
    this.stored = store(this.#pass(digest, source)).then(
      () => void this.#live.end(),
      (error: Error) => {
        this.#live.destroy(error);
        throw error;
      },
    );
    this.stored.catch(() => undefined); // those who wait for it are told
  }

  /** The bytes as they come, for one reader; undefined when another has them. Must be taken in the turn of the constructor. */
  takeLive(): Readable | undefined {
    if (this.#isLiveTaken) return undefined;
    this.#isLiveTaken = true;
    return this.#live;
  }

  /**
   * The reader is one chunk behind: it gets the end only of what is as promised.
   * @throws {DigestMismatchError} after the last byte, so that nothing is kept
   */
  async *#pass(digest: Digest, source: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
    const digester = new Digester(digestAlgorithm(digest));
    let last: Uint8Array | undefined;
    for await (const chunk of await source()) {
      digester.update(chunk);
      yield chunk;
      if (last) await this.#tell(last);
      last = chunk;
    }
    if (digester.digest() !== digest) throw new DigestMismatchError(digest, digester.digest());
    if (last) await this.#tell(last);
  }

  /** Waits for a slow reader, but not for one that is gone or never was. */
  async #tell(chunk: Uint8Array): Promise<void> {
    const live = this.#live;
    if (!this.#isLiveTaken || live.destroyed || live.write(chunk)) return;
    const gone = new AbortController();
    try {
      await Promise.race([once(live, 'drain', { signal: gone.signal }), once(live, 'close', { signal: gone.signal })]);
    } finally {
      gone.abort();
    }
  }
}
