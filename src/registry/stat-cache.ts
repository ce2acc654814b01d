import { type ObjectStat, readObject, type StorageDriver, type StorageKey } from '../storage/index.ts';

/** An object as it was when something was made from it: what was made is good as long as the object has that version. */
export interface Source {
  readonly key: StorageKey;
  readonly version: string;
}

/** What was made, and from what. */
export interface Made<T> extends Source {
  readonly value: T;
}

interface Entry<T> extends Made<T> {
  readonly cost: number;
}

/**
 * What was made from small objects, kept while they do not change: every `get` stats the object, so a change on disk,
 * by whomever, is seen by the next request. Holds at most `maxCost` in bytes of objects, least recently made first out.
 */
export class StatCache<T> {
  readonly #driver: StorageDriver;
  readonly #make: (bytes: Buffer, key: StorageKey) => T;
  readonly #maxObjectBytes: number;
  readonly #maxCost: number;
  readonly #entries = new Map<StorageKey, Entry<T>>();
  #cost = 0;

  constructor(
    driver: StorageDriver,
    limits: { readonly maxObjectBytes: number; readonly maxCost: number },
    make: (bytes: Buffer, key: StorageKey) => T,
  ) {
    this.#driver = driver;
    this.#make = make;
    this.#maxObjectBytes = limits.maxObjectBytes;
    this.#maxCost = limits.maxCost;
  }

  /** @throws what `make` throws, and ObjectTooLargeError */
  async get(key: StorageKey): Promise<T | undefined> {
    return (await this.find(key))?.value;
  }

  /** As `get`, with where it is from. */
  async find(key: StorageKey): Promise<Made<T> | undefined> {
    const stat = await this.#driver.stat(key);
    if (!stat) {
      this.forget(key);
      return undefined;
    }
    const entry = this.#entries.get(key);
    return entry?.version === stat.version ? entry : this.#load(key, stat);
  }

  forget(key: StorageKey): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#cost -= entry.cost;
  }

  async #load(key: StorageKey, { version }: ObjectStat): Promise<Made<T> | undefined> {
    const bytes = await this.#read(key);
    if (!bytes) return undefined;
    const entry = { key, version, value: this.#make(bytes, key), cost: bytes.byteLength + key.length + 200 };
    if ((await this.#driver.stat(key))?.version === version) this.#keep(key, entry);
    else return { ...entry, version: '' }; // changed while it was read: serve what was read, remember nothing
    return entry;
  }

  async #read(key: StorageKey): Promise<Buffer | undefined> {
    try {
      return await readObject(this.#driver, key, this.#maxObjectBytes);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'KEY_NOT_FOUND') return undefined; // gone since the stat
      throw error;
    }
  }

  #keep(key: StorageKey, entry: Entry<T>): void {
    this.forget(key);
    this.#entries.set(key, entry);
    this.#cost += entry.cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#cost <= this.#maxCost) break;
      this.forget(oldest);
    }
  }
}
