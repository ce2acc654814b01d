import { type Digest, type DigestAlgorithm, Digester } from '../core/index.ts';
import { HashLane } from './hash-lane.ts';
import { openThreadHash, type ThreadHash } from './hash-thread.ts';

/**
 * A `Digester` for streams that may be large: what does not fit one piece of memory is hashed by another thread, while this one
 * goes on. One call at a time: the next after what the one before returned has resolved. To be disposed of.
 */
export class BulkDigester implements Disposable {
  readonly algorithm: DigestAlgorithm;
  /** Bytes seen so far. */
  size = 0;
  /** Where it turned out to be short. */
  #digester: Digester | undefined;
  /** Where it turned out to be large. */
  #hash: ThreadHash | undefined;
  #lane: HashLane | undefined;
  #isOver = false;

  /** `here`: on the spot all the same, for streams so slow that the thread would only cost its memory. */
  constructor(algorithm: DigestAlgorithm = 'sha256', where: 'aside' | 'here' = 'aside') {
    this.algorithm = algorithm;
    if (where === 'here') this.#digester = new Digester(algorithm);
  }

  /** Takes a chunk, which is copied. Undefined: the next may come at once. @throws the thread has ended */
  update(bytes: Uint8Array): Promise<void> | undefined {
    this.#refuseIfOver();
    this.size += bytes.byteLength;
    if (this.#digester) {
      this.#digester.update(bytes);
      return undefined;
    }
    this.#lane ??= HashLane.borrow();
    return this.#lane.take(bytes, () => this.#openHash());
  }

  /** Gives up the memory that chunks are put in, until the next comes. @throws the thread has ended */
  async settle(): Promise<void> {
    this.#refuseIfOver();
    const lane = this.#lane;
    if (this.#hash) await lane?.settle(this.#hash);
    else this.#digester ??= new Digester(this.algorithm).update(lane?.held ?? new Uint8Array());
    this.#lane = undefined;
    lane?.giveBack();
  }

  /** The digest of all bytes so far; more may follow. @throws the thread has ended */
  async digest(): Promise<Digest> {
    await this.settle();
    if (this.#digester) return this.#digester.digest();
    return `${this.algorithm}:${await this.#openHash().digest()}` as Digest;
  }

  #openHash(): ThreadHash {
    this.#refuseIfOver();
    this.#hash ??= openThreadHash(this.algorithm);
    return this.#hash;
  }

  #refuseIfOver(): void {
    if (this.#isOver) throw new TypeError('a digester that was disposed of takes no more');
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#hash?.end();
    this.#lane?.abandon();
    this.#lane = undefined;
  }
}
