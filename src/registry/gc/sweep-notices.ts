import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, JsonMalformedError, parseJson } from '../../core/index.ts';
import { KeyNotFoundError, readObject, type StorageDriver, type StorageKey } from '../../storage/index.ts';
import { SWEEPS } from './layout.ts';

/** A collector renews its notice before it deletes anything by a notice older than this. */
export const RENEW_AFTER_MS = 10_000;
/** A notice seen unchanged for so long belongs to a collector that has ended. */
export const DEAD_AFTER_MS = 30_000;
const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 250;
const MAX_NOTICE_BYTES = 4 * 1024 * 1024;

/** Time as leases need it: it never leaps, whatever becomes of the clock. Timers and `performance.now`, save in tests. */
export interface Pace {
  /** Lets so many milliseconds pass. */
  wait(ms: number): Promise<void>;
  /** Milliseconds since some time. */
  elapsed(): number;
}

export const realPace: Pace = { wait: (ms) => sleep(ms), elapsed: () => performance.now() };

/** What collectors, here or elsewhere, are about to delete: digests, and keys of tags. */
export class SweepNotices {
  readonly #driver: StorageDriver;
  readonly #pace: Pace;
  readonly #firstSeen = new Map<string, number>();

  constructor(driver: StorageDriver, pace: Pace) {
    this.#driver = driver;
    this.#pace = pace;
  }

  /** Resolves once no sweep under way names `name`; true when one did, so that it may be gone by now. */
  async pass(name: string): Promise<boolean> {
    for (let waitMs = FIRST_WAIT_MS, waited = false; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS), waited = true) {
      if (!(await this.#isNamed(name))) return waited;
      await this.#pace.wait(waitMs);
    }
  }

  async #isNamed(name: string): Promise<boolean> {
    const seen = new Set<string>();
    let isNamed = false;
    for await (const key of this.#driver.list(SWEEPS)) {
      const stat = await this.#driver.stat(key);
      if (!stat) continue; // over since
      const version = `${key} ${stat.version}`;
      seen.add(version);
      if (!this.#isDead(version) && (await this.#readNames(key)).has(name)) isNamed = true;
    }
    for (const version of this.#firstSeen.keys()) if (!seen.has(version)) this.#firstSeen.delete(version);
    return isNamed;
  }

  #isDead(version: string): boolean {
    const firstSeen = this.#firstSeen.get(version);
    if (firstSeen !== undefined) return this.#pace.elapsed() - firstSeen > DEAD_AFTER_MS;
    this.#firstSeen.set(version, this.#pace.elapsed());
    return false;
  }

  async #readNames(key: StorageKey): Promise<ReadonlySet<unknown>> {
    try {
      const notice = parseJson(await readObject(this.#driver, key, MAX_NOTICE_BYTES));
      return new Set(isJsonObject(notice) && Array.isArray(notice.names) ? notice.names : []);
    } catch (error) {
      if (error instanceof KeyNotFoundError || error instanceof JsonMalformedError) return new Set();
      throw error;
    }
  }
}
