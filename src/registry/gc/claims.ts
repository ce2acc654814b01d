import type { Clock, Digest } from '../../core/index.ts';
import type { ObjectStat, StorageDriver, StorageKey } from '../../storage/index.ts';
import { claimKey } from './layout.ts';
import { type Pace, SweepNotices } from './sweep-notices.ts';

/** How long a claim, or a link just written, is good for. A collector's grace is at least twice that. */
export const CLAIM_MS = 15 * 60_000;
const MAX_REMEMBERED = 20_000;
/** How soon a claim that was not made, or not needed, is looked at again. */
const RETRY_MS = 60_000;

/**
 * The servers' half of the agreement with collectors (docs/adr/0003): whoever comes to rely on something stored before
 * claims its digest. A claim is an object whose age a collector looks at right before it deletes; and whoever has claimed
 * waits for the sweeps that were already under way. First the claim, then the look at the sweeps; the collector first
 * announces its sweep, then looks at the claims: one of the two sees the other.
 */
export class Claims {
  readonly #driver: StorageDriver;
  /** Milliseconds, for `isGoodSince`. */
  readonly now: () => number;
  readonly #notices: SweepNotices;
  /** Not for readers, where nothing is to be pushed. */
  readonly #mayWrite: boolean;
  /** Until when claims made by this process are good. */
  readonly #goodUntil = new Map<string, number>();

  constructor(driver: StorageDriver, clock: Clock, pace: Pace, { mayWrite = true } = {}) {
    this.#mayWrite = mayWrite;
    this.#driver = driver;
    this.now = () => clock.now().getTime();
    this.#notices = new SweepNotices(driver, pace);
  }

  /** From here on, for `CLAIM_MS`, no collector takes what is stored under the digest: verify that it is there, and go on. */
  async claim(digest: Digest): Promise<void> {
    if (this.#isGood(digest)) return;
    let began: number;
    do {
      began = this.now();
      await this.#driver.write(claimKey(digest), [Buffer.from(new Date(began).toISOString())]);
    } while (await this.#notices.pass(digest));
    this.#remember(digest, began);
  }

  /** Claims `digest` if anything is under `keys`; else there is nothing that a collector could take, once its sweeps are over. */
  async claimStored(digest: Digest, keys: readonly StorageKey[]): Promise<void> {
    if (this.#isGood(digest)) return;
    for (const key of keys) if (await this.#driver.stat(key)) return this.claim(digest);
    if (await this.#notices.pass(digest)) await this.claim(digest);
  }

  /**
   * Claims `digest` unless its link, `key`, was written so lately that it says the same. Asked again soon, it costs next to
   * nothing.
   */
  async claimOldLink(digest: Digest, key: StorageKey): Promise<void> {
    if (this.#isGood(digest) || this.#isGood(key)) return;
    const stat = await this.#driver.stat(key);
    if (!stat) return; // nothing to keep: should it come, it comes young
    if (this.#isYoung(stat)) this.#remember(key, stat.modifiedAt.getTime());
    else await this.claim(digest);
  }

  /**
   * For a reader who may be about to push something that names the digest: claims it as `claimOldLink`, if it can. What it
   * answers tells, at once, for how long that is good.
   */
  async expectUse(digest: Digest, key: StorageKey): Promise<() => boolean> {
    try {
      if (this.#mayWrite) await this.claimOldLink(digest, key);
    } catch {
      // No space, say. Reading goes on; the push will claim it, or fail.
    }
    const until = Math.max(...[digest, key].map((name) => this.#goodUntil.get(name) ?? this.now() + RETRY_MS));
    return () => this.now() < until;
  }

  /** Resolves once no sweep under way names `key`; true when one did. */
  pass(key: StorageKey): Promise<boolean> {
    return this.#notices.pass(key);
  }

  /** What was written before is too old to say that somebody relies on it. */
  staleBefore(): Date {
    return new Date(this.now() - CLAIM_MS);
  }

  /** Is what was claimed, or written, at that time still safe? */
  isGoodSince(began: number): boolean {
    return Math.abs(this.now() - began) < CLAIM_MS;
  }

  #isGood(name: string): boolean {
    const until = this.#goodUntil.get(name);
    return until !== undefined && this.now() < until;
  }

  /** Both ways: a clock that was set back must not make old things young. */
  #isYoung({ modifiedAt }: ObjectStat): boolean {
    return this.isGoodSince(modifiedAt.getTime());
  }

  #remember(name: string, began: number): void {
    this.#goodUntil.delete(name);
    this.#goodUntil.set(name, began + CLAIM_MS);
    const oldest = this.#goodUntil.keys().next();
    if (this.#goodUntil.size > MAX_REMEMBERED && !oldest.done) this.#goodUntil.delete(oldest.value);
  }
}
