import { type Digest, isDigest, type Log } from '../core/index.ts';
import type { StorageDriver, StorageKey } from '../storage/index.ts';
import { type Made, StatCache } from './stat-cache.ts';

const MAX_LINK_BYTES = 1024;
const MAX_CACHED_BYTES = 16 * 1024 * 1024;

/** Files that hold a digest: what a repository has, and what its tags point at. */
export class Links {
  readonly #driver: StorageDriver;
  #writes = 0;
  readonly #cache: StatCache<Digest | undefined>;

  constructor(driver: StorageDriver, log: Log) {
    this.#driver = driver;
    this.#cache = new StatCache(
      driver,
      { maxObjectBytes: MAX_LINK_BYTES, maxCost: MAX_CACHED_BYTES },
      (bytes, key): Digest | undefined => {
        const text = bytes.toString('latin1').trim(); // a person's editor may have added a newline
        if (isDigest(text)) return text;
        log.warn('link holds no digest; taken as absent', { key });
        return undefined;
      },
    );
  }

  /** `undefined` without a link, or with one that holds no digest. */
  find(key: StorageKey): Promise<Digest | undefined> {
    return this.#cache.get(key);
  }

  /** As `find`, with the link itself. */
  async findSource(key: StorageKey): Promise<Made<Digest> | undefined> {
    const found = await this.#cache.find(key);
    return found?.value === undefined ? undefined : (found as Made<Digest>);
  }

  /** How many were written by this process: with none since, it has made no repository. */
  get writes(): number {
    return this.#writes;
  }

  /** Durable once it resolves. Does nothing when the link says so already, and was written after `since`, if that is given. */
  async put(key: StorageKey, digest: Digest, since?: Date): Promise<void> {
    if ((await this.find(key)) === digest && !(since && (await this.#isOlder(key, since)))) return;
    await this.#driver.write(key, [Buffer.from(digest)]);
    this.#writes += 1;
    this.#cache.forget(key); // a store's clock may be too coarse to tell two changes apart
  }

  async #isOlder(key: StorageKey, since: Date): Promise<boolean> {
    const stat = await this.#driver.stat(key);
    return stat !== undefined && stat.modifiedAt < since;
  }
}
