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

/** Lets time pass: a timer, save in tests. */
export type Wait = (ms: number) => Promise<void>;

/** What collectors, here or elsewhere, are about to delete: digests, and keys of tags. */
export class SweepNotices {
  readonly #driver: StorageDriver;
  readonly #now: () => number;
  readonly #wait: Wait;
  readonly #firstSeen = new Map<string, number>();

  constructor(driver: StorageDriver, now: () => number, wait: Wait) {
    this.#driver = driver;
    this.#now = now;
    this.#wait = wait;
  }

  /** Resolves once no sweep under way names `name`; true when one did, so that it may be gone by now. */
  async pass(name: string): Promise<boolean> {
    for (let waitMs = FIRST_WAIT_MS, waited = false; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS), waited = true) {
      if (!(await this.#isNamed(name))) return waited;
      await this.#wait(waitMs);
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
    if (firstSeen !== undefined) return this.#now() - firstSeen > DEAD_AFTER_MS;
    this.#firstSeen.set(version, this.#now());
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
