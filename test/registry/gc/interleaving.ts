import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../src/core/index.ts';
import type { StorageDriver } from '../../../src/storage/index.ts';

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Lets several programs run over one store, one step of the store at a time, in an order that a seed decides: each
 * operation waits for its turn. Time stands still, save where a program pauses.
 */
export class Interleaving {
  readonly random: () => number;
  readonly #waiting: { readonly run: () => void; readonly isAlive: () => boolean }[] = [];
  #now = Date.parse('2026-01-01T00:00:00Z');
  #running = 0;
  #favourite: unknown;
  /** Time does not leap while a collector is between its last look and its deletion: that is what its lease is for. */
  longestLeap = (): Promise<number> => Promise.resolve(Number.POSITIVE_INFINITY);

  /** Looks at the store between two steps. */
  inspect = (): Promise<void> => Promise.resolve();

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  readonly pace = { wait: (ms: number) => this.wait(ms), elapsed: () => this.#now };
  readonly clock: Clock = { now: () => new Date(this.#now) };

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** `driver` as a program sees it. One that is no longer alive gets no turn any more: it was killed. */
  driver(driver: StorageDriver, isAlive: () => boolean = () => true): StorageDriver {
    const turn = (): Promise<void> => this.#turn(isAlive);
    return {
      stat: async (key) => turn().then(() => driver.stat(key)),
      read: async (key, range) => turn().then(() => driver.read(key, range)),
      write: async (key, source, options) => turn().then(() => driver.write(key, source, options)),
      append: async (key, offset) => turn().then(() => driver.append(key, offset)),
      move: async (from, to) => turn().then(() => driver.move(from, to)),
      delete: async (key) => turn().then(() => driver.delete(key)),
      appended: async (key) => turn().then(() => driver.appended(key)),
      seal: async (key) => turn().then(() => driver.seal(key)),
      async *list(folder) {
        await turn();
        const keys = [];
        for await (const key of driver.list(folder)) keys.push(key);
        yield* keys;
      },
    };
  }

  /** A program waits: others have their turns, and time goes on. */
  async wait(ms: number): Promise<void> {
    await this.#turn(() => true);
    this.pass(ms);
  }

  /** A client thinks for up to `ms`. */
  async pause(ms: number): Promise<void> {
    await this.#turn(() => true);
    this.pass(this.below(Math.max(1, Math.min(ms, await this.longestLeap()))));
  }

  /** Runs all programs to their ends; those that were killed end where they were. */
  async run(programs: readonly (() => Promise<void>)[]): Promise<void> {
    const failures: unknown[] = [];
    for (const program of programs) {
      this.#running += 1;
      void program()
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          this.#running -= 1;
        });
    }
    for (let idle = 0; this.#running > 0; ) {
      for (let i = 0; i < 3; i += 1) await setImmediate(); // whatever can go on without a turn does
      const alive = this.#waiting.filter(({ isAlive }) => isAlive());
      const next = this.#choose(alive);
      if (next) {
        if (this.random() < 0.02) await this.inspect();
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        next.run();
        idle = 0;
      } else if (this.#waiting.length > 0)
        break; // only the killed are left
      else if (++idle > 1000) throw new Error('nobody can go on');
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Mostly one program for a while, so that the others stand still in the middle of what they do. */
  #choose<T extends { readonly isAlive: () => boolean }>(alive: readonly T[]): T | undefined {
    const going = this.random() < 0.93 ? alive.find(({ isAlive }) => isAlive === this.#favourite) : undefined;
    const next = going ?? alive[this.below(alive.length)];
    this.#favourite = next?.isAlive;
    return next;
  }

  #turn(isAlive: () => boolean): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ run: resolve, isAlive }));
  }
}
