import { type Emit, step } from './progress-event.ts';

const MIN_INTERVAL_MS = 100;

/** Tells how far the bytes of one layer are, no more often than ten times a second; the first and the last always. */
export class ProgressMeter {
  readonly #emit: Emit;
  readonly #id: string;
  readonly #status: string;
  readonly #total: number;
  #current = 0;
  #told = -1;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** `total` in bytes, 0 where nobody knows. */
  constructor(emit: Emit, id: string, status: string, total: number, current = 0) {
    this.#emit = emit;
    this.#id = id;
    this.#status = status;
    this.#total = total;
    this.#current = current;
  }

  advance(count: number): void {
    this.#current += count;
    const now = performance.now();
    if (this.#current !== this.#total && now - this.#toldAt < MIN_INTERVAL_MS) return;
    this.#tell(now);
  }

  /** Tells the last figure, unless it has been told. */
  finish(): void {
    if (this.#told !== this.#current && this.#current > 0) this.#tell(performance.now());
  }

  #tell(now: number): void {
    this.#told = this.#current;
    this.#toldAt = now;
    this.#emit(step(this.#id, this.#status, { current: this.#current, total: this.#total }));
  }
}
