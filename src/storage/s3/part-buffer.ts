/** Up to this many bytes chunks are kept as they came: most uploads are small, and need no whole part's memory. */
const SMALL_BYTES = 256 * 1024;

/** Bytes of one part, gathered in memory that serves for part after part. */
export class PartBuffer {
  #capacity: number;
  #small: Buffer[] = [];
  #whole: Buffer | undefined;
  #size = 0;

  /** @param capacity bytes of a whole part */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= this.#capacity;
  }

  /** Takes as much of the chunk as there is room for. Answers the rest. */
  fill(chunk: Buffer): Buffer {
    const room = this.#capacity - this.#size;
    const part = chunk.subarray(0, room);
    if (!this.#whole && this.#size + part.byteLength > SMALL_BYTES) this.#becomeWhole();
    if (this.#whole) part.copy(this.#whole, this.#size);
    else this.#small.push(Buffer.from(part));
    this.#size += part.byteLength;
    return chunk.subarray(part.byteLength);
  }

  /** Valid until the next `fill`. */
  bytes(): Buffer {
    return this.#whole ? this.#whole.subarray(0, this.#size) : Buffer.concat(this.#small, this.#size);
  }

  /** Forgets the bytes; the next part may be of another size. */
  clear(capacity: number): void {
    if (capacity !== this.#capacity) this.#whole = undefined;
    this.#capacity = capacity;
    this.#small = [];
    this.#size = 0;
  }

  #becomeWhole(): void {
    const whole = Buffer.allocUnsafeSlow(this.#capacity);
    let at = 0;
    for (const chunk of this.#small) at += chunk.copy(whole, at);
    this.#small = [];
    this.#whole = whole;
  }
}
