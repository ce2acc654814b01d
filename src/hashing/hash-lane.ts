import type { ThreadHash } from './hash-thread.ts';

/** Large pieces cost fewer messages; while many streams are hashed at once small ones are used, for the sake of memory. */
const LARGE_HALF_BYTES = 512 * 1024;
const SMALL_HALF_BYTES = 64 * 1024;
const MAX_LARGE_LANES = 4;

interface Half {
  readonly bytes: Uint8Array;
  /** While the thread hashes it. */
  busy: Promise<unknown> | undefined;
}

let largeLanes = 0;
/** Large lanes that are not in use. */
const spare: HashLane[] = [];

/** The way of bytes to the thread that hashes: two pieces of shared memory, one being filled while the other is hashed. */
export class HashLane {
  readonly #halfBytes: number;
  readonly #halves: readonly [Half, Half];
  #turn: 0 | 1 = 0;
  #filled = 0;

  private constructor(halfBytes: number) {
    const memory = new SharedArrayBuffer(2 * halfBytes);
    const half = (index: number): Half => ({
      bytes: new Uint8Array(memory, index * halfBytes, halfBytes),
      busy: undefined,
    });
    this.#halfBytes = halfBytes;
    this.#halves = [half(0), half(1)];
  }

  static borrow(): HashLane {
    const free = spare.pop();
    if (free) return free;
    if (largeLanes === MAX_LARGE_LANES) return new HashLane(SMALL_HALF_BYTES);
    largeLanes += 1;
    return new HashLane(LARGE_HALF_BYTES);
  }

  /** For the next to borrow. Nothing of it may be on its way. */
  giveBack(): void {
    this.#filled = 0;
    if (this.#halfBytes === LARGE_HALF_BYTES) spare.push(this);
  }

  /** Not for the next, as it may be on its way. */
  abandon(): void {
    if (this.#halfBytes === LARGE_HALF_BYTES) largeLanes -= 1;
  }

  /** What was put in and is not on its way yet. */
  get held(): Uint8Array {
    return this.#half.bytes.subarray(0, this.#filled);
  }

  /** Copies bytes in, and sends on what is full. Undefined: all were taken at once. @throws what the thread failed with */
  take(bytes: Uint8Array, hash: () => ThreadHash): Promise<void> | undefined {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const { busy } = this.#half;
      if (busy) {
        const left = rest;
        return busy.then(() => this.take(left, hash));
      }
      const taken = rest.subarray(0, this.#halfBytes - this.#filled);
      this.#half.bytes.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
      if (this.#filled === this.#halfBytes) this.#send(hash());
    }
    return undefined;
  }

  /** Resolves when all that was taken is hashed. */
  async settle(hash: ThreadHash): Promise<void> {
    if (this.#filled > 0) this.#send(hash);
    await Promise.all(this.#halves.map(({ busy }) => busy));
  }

  get #half(): Half {
    return this.#halves[this.#turn];
  }

  #send(hash: ThreadHash): void {
    const half = this.#half;
    const sent = hash.update(this.held).then(() => {
      half.busy = undefined;
    });
    half.busy = sent;
    sent.catch(() => undefined); // told to whoever comes next
    this.#turn = this.#turn === 0 ? 1 : 0;
    this.#filled = 0;
  }
}
