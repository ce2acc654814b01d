import type { LentPart, PartMemory } from './part-memory.ts';

/** Up to this many bytes are kept as they come: most uploads are small, and need no whole part's memory. */
const SMALL_BYTES = 128 * 1024;

/** Bytes of one part, gathered. */
export class PartBuffer implements Disposable {
  readonly #memory: PartMemory;
  #capacity: number;
  #small: Buffer[] = [];
  #whole: LentPart | undefined;
  #size = 0;
  #isRead = false;

  /** @param capacity bytes of a whole part */
  constructor(memory: PartMemory, capacity: number) {
    this.#memory = memory;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.#capacity;
  }

  /** Takes as much of the chunk as fits into the part, waiting for memory when there is none. Answers the rest. */
  async fill(chunk: Buffer): Promise<Buffer> {
    const part = chunk.subarray(0, this.#capacity - this.#size);
    if (!this.#whole && this.#size + part.byteLength > SMALL_BYTES) await this.#becomeWhole();
    if (this.#whole) part.copy(this.#whole.bytes, this.#size);
    else this.#small.push(Buffer.from(part));
    this.#size += part.byteLength;
    return chunk.subarray(part.byteLength);
  }

  /** Hands the bytes to `send`; they stay as they are until that is done. */
  async read<T>(send: (bytes: Buffer) => Promise<T>): Promise<T> {
    this.#isRead = true;
    try {
      return await send(this.#whole?.bytes.subarray(0, this.#size) ?? Buffer.concat(this.#small, this.#size));
    } finally {
      this.#isRead = false;
    }
  }

  /** Forgets the bytes; the next part may be of another size. */
  clear(capacity = this.#capacity): void {
    if (this.#isRead) this.#whole?.forget();
    else this.#whole?.release();
    this.#whole = undefined;
    this.#capacity = capacity;
    this.#small = [];
    this.#size = 0;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  async #becomeWhole(): Promise<void> {
    const whole = await this.#memory.borrow(this.#capacity);
    let at = 0;
    for (const chunk of this.#small) at += chunk.copy(whole.bytes, at);
    this.#small = [];
    this.#whole = whole;
  }
}
