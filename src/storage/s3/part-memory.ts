/** Memory for parts that all uploads share. Bytes. */
const BUDGET_BYTES = 10 * 1024 * 1024;
/** An upload that has waited for as long as this gets memory beyond the budget: slow senders must not stop the others. */
const PATIENCE_MS = 2_000;

/** Memory for one part, lent. */
export interface LentPart {
  readonly bytes: Buffer;
  /** Gives it to the next; not while somebody may still read it. */
  release(): void;
  /** Lets go of memory that may still be read: it is not lent again. */
  forget(): void;
}

/**
 * Lends memory for parts, to a few uploads at a time: the others wait, and so do their senders, which does not make it
 * slower since all share one network.
 */
export class PartMemory {
  readonly #partBytes: number;
  readonly #free: Buffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #left: number;

  constructor(partBytes: number, budgetBytes = BUDGET_BYTES) {
    this.#partBytes = partBytes;
    this.#left = Math.max(2, Math.floor(budgetBytes / partBytes));
  }

  async borrow(size: number): Promise<LentPart> {
    if (this.#left <= 0) await this.#turn();
    this.#left -= 1;
    const bytes = (size === this.#partBytes ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
    let isLent = true;
    const end = (mayBeLentAgain: boolean): void => {
      if (!isLent) return;
      isLent = false;
      const isBeyondBudget = this.#left < 0;
      this.#left += 1;
      if (mayBeLentAgain && !isBeyondBudget && size === this.#partBytes) this.#free.push(bytes);
      if (this.#left > 0) this.#waiting.shift()?.();
    };
    return { bytes, release: () => end(true), forget: () => end(false) };
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        const at = this.#waiting.indexOf(go);
        if (at >= 0) this.#waiting.splice(at, 1);
        resolve();
      };
      const timer = setTimeout(go, PATIENCE_MS).unref();
      this.#waiting.push(go);
    });
  }
}
