import {
  findInstant,
  type Gun,
  parseEnvelope,
  type RoleName,
  readCommon,
  SNAPSHOT,
  TIMESTAMP,
} from '../../tuf/index.ts';
import { CurrentFiles } from './current-files.ts';
import type { MetadataStore, NewFile, StoredFile } from './metadata-store.ts';
import type { NotaryDatabase } from './schema.ts';

/** The metadata store with the current files in memory: most reads, and all an update needs to know, cost no query. */
export class CachedMetadata {
  readonly #store: MetadataStore;
  readonly #current: CurrentFiles;

  constructor(store: MetadataStore, database: NotaryDatabase) {
    this.#store = store;
    this.#current = new CurrentFiles(() => database.foreignChanges());
  }

  /** What may be served as `role` at `now` without a look at its date; `undefined` also when that is not known. */
  findFresh(gun: Gun, role: RoleName, now: Date): StoredFile | undefined {
    return this.#current.find(gun, role, now.getTime());
  }

  /** The newest version, in date or not. */
  async findCurrent(gun: Gun, role: RoleName): Promise<StoredFile | undefined> {
    const known = this.#current.find(gun, role);
    if (known) return known;
    const generation = this.#current.generation();
    const file = await this.#store.findCurrent(gun, role);
    if (file) this.#current.keep(gun, [file], isDated(role) ? 0 : Number.POSITIVE_INFINITY, generation);
    return file;
  }

  findByHash(gun: Gun, sha256: string): Promise<StoredFile | undefined> {
    return this.#store.findByHash(gun, sha256);
  }

  /** Remembers that timestamp and snapshot belong together, and until when they may be served. */
  keepPair(gun: Gun, pair: readonly [timestamp: StoredFile, snapshot: StoredFile], freshUntil: number): void {
    this.#current.keep(gun, pair, freshUntil, this.#current.generation());
  }

  /** As the store, which see. @throws {VersionConflictError} */
  async addFiles(gun: Gun, files: readonly NewFile[], now: Date): Promise<void> {
    try {
      const stored = await this.#store.addFiles(gun, files, now);
      const generation = this.#current.generation();
      const dated = stored.filter(({ role }) => isDated(role));
      const others = stored.filter(({ role }) => !isDated(role));
      this.#current.keep(gun, others, Number.POSITIVE_INFINITY, generation);
      this.#current.keep(gun, dated, dated.length === 2 ? earliestExpiry(dated) : 0, generation);
    } catch (thrown) {
      this.#current.forget(gun); // what is known may be the reason
      throw thrown;
    }
  }

  async deleteCollection(gun: Gun, now: Date): Promise<void> {
    await this.#store.deleteCollection(gun, now);
    this.#current.forget(gun);
  }
}

function isDated(role: string): boolean {
  return role === TIMESTAMP || role === SNAPSHOT;
}

/** When the first of `files` runs out, in milliseconds since 1970. */
export function earliestExpiry(files: readonly StoredFile[]): number {
  const dates = files.map(({ bytes }) => findInstant(readCommon(parseEnvelope(bytes).signed).expires)?.getTime() ?? 0);
  return Math.min(...dates);
}
