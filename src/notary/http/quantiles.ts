/** Upper bounds of buckets grow by this factor, so that a quantile is at most 2 % off. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** Values count for ten minutes, by two at a time: as in Prometheus' own client for Go. */
const AGES = 5;
const AGE_MS = 120_000;

/** Quantiles of the values of the last ten minutes, and the count and sum of all. Noting one costs an addition. */
export class Quantiles {
  #count = 0;
  #sum = 0;
  #ages: Map<number, number>[] = [new Map()];
  #youngestSince: number;

  /** `nowMs` is of a clock that only goes forwards. */
  constructor(nowMs: number) {
    this.#youngestSince = nowMs;
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** `value` is 0 or more. */
  note(value: number, nowMs: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#grow(nowMs);
    const bucket = value < 1 ? 0 : Math.ceil(Math.log(value) / LOG_GROWTH);
    const [youngest] = this.#ages;
    youngest?.set(bucket, (youngest.get(bucket) ?? 0) + 1);
  }

  /** `NaN` for each when there were none. */
  at(quantiles: readonly number[], nowMs: number): number[] {
    this.#grow(nowMs);
    const counts = new Map<number, number>();
    for (const age of this.#ages) for (const [bucket, n] of age) counts.set(bucket, (counts.get(bucket) ?? 0) + n);
    const sorted = [...counts].sort(([a], [b]) => a - b);
    const total = sorted.reduce((sum, [, n]) => sum + n, 0);
    return quantiles.map((quantile) => {
      let before = 0;
      const found = sorted.find(([, n]) => {
        before += n;
        return before >= quantile * total;
      });
      return found ? (found[0] === 0 ? 0 : GROWTH ** found[0]) : Number.NaN;
    });
  }

  #grow(nowMs: number): void {
    while (nowMs - this.#youngestSince >= AGE_MS) {
      const isLongAgo = nowMs - this.#youngestSince >= AGE_MS * AGES;
      this.#youngestSince = isLongAgo ? nowMs : this.#youngestSince + AGE_MS;
      this.#ages = isLongAgo ? [new Map()] : [new Map(), ...this.#ages].slice(0, AGES);
    }
  }
}
