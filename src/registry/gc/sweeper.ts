import type { Digest } from '../../core/index.ts';
import type { StorageDriver, StorageKey } from '../../storage/index.ts';
import { mapConcurrently } from './concurrently.ts';
import { claimKey, sweepKey } from './layout.ts';
import { type Pace, RENEW_AFTER_MS } from './sweep-notices.ts';

/** Something to delete, unless it turns out to be wanted. */
export interface Victim {
  /** The object whose age decides. */
  readonly key: StorageKey;
  /** What to delete: the object, or the folder that it fills. */
  readonly remove: StorageKey;
  /** What a server claims that comes to rely on it. */
  readonly digest: Digest;
  /** Only while it is this version. For tags, which may be moved. */
  readonly version?: string;
  /** Bytes that deleting it gives back. */
  readonly size?: number;
}

/** Keys named in one notice. */
const BATCH = 200;

/** The collector's half of the agreement with servers (`claims.ts`): announce, look again, delete. */
export class Sweeper {
  readonly #driver: StorageDriver;
  readonly #pace: Pace;
  readonly #notice: StorageKey;
  readonly isDryRun: boolean;
  #round = 0;

  constructor(driver: StorageDriver, pace: Pace, id: string, isDryRun: boolean) {
    this.#driver = driver;
    this.#pace = pace;
    this.#notice = sweepKey(id);
    this.isDryRun = isDryRun;
  }

  /**
   * Deletes those victims that are older than `cutoff`, by the store's own clock, and that nobody has claimed since
   * then. Answers those it deleted, or would have.
   */
  async sweep(victims: readonly Victim[], cutoff: Date, signal?: AbortSignal): Promise<Victim[]> {
    const swept: Victim[] = [];
    for (let i = 0; i < victims.length; i += BATCH) {
      signal?.throwIfAborted();
      const batch = victims.slice(i, i + BATCH);
      const isOld = await mapConcurrently(batch, (victim) => this.#isUnwanted(victim, cutoff));
      const old = batch.filter((_, each) => isOld[each]); // most are decided here, without a notice
      if (this.isDryRun) swept.push(...old);
      else if (old.length > 0) swept.push(...(await this.#sweepBatch(old, cutoff)));
    }
    return swept;
  }

  async #sweepBatch(victims: readonly Victim[], cutoff: Date): Promise<Victim[]> {
    let announced = this.#announce(victims);
    const isSwept = await mapConcurrently(victims, async (victim) => {
      if (this.#pace.elapsed() - (await announced) > RENEW_AFTER_MS) announced = this.#announce(victims);
      await announced;
      if (!(await this.#isUnwanted(victim, cutoff))) return false;
      await this.#driver.delete(victim.remove);
      return true;
    });
    // Not after a failure: who knows whether that deletion is still on its way.
    await this.#driver.delete(this.#notice);
    return victims.filter((_, each) => isSwept[each]);
  }

  async #announce(victims: readonly Victim[]): Promise<number> {
    this.#round += 1;
    const names = new Set(victims.flatMap(({ key, digest }) => [key, digest]));
    const announcedAt = this.#pace.elapsed();
    await this.#driver.write(this.#notice, [Buffer.from(JSON.stringify({ round: this.#round, names: [...names] }))]);
    return announcedAt;
  }

  async #isUnwanted({ key, digest, version }: Victim, cutoff: Date): Promise<boolean> {
    const stat = await this.#driver.stat(key);
    if (!stat || stat.modifiedAt >= cutoff || (version !== undefined && stat.version !== version)) return false;
    const claim = await this.#driver.stat(claimKey(digest));
    return !claim || claim.modifiedAt < cutoff;
  }
}
