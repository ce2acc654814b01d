import { findInstant, type Gun, type RoleName, readCommon, SNAPSHOT, TIMESTAMP } from '../../tuf/index.ts';
import { CurrentFiles } from './current-files.ts';
import { type ForeignChanges, watchForeignChanges } from './foreign-changes.ts';
import { envelopeOf } from './known-envelope.ts';
import type { InTransaction, MetadataStore, NewFile, StoredFile } from './metadata-store.ts';
import type { NotaryDatabase } from './schema.ts';

/** The metadata store with the current files in memory: most reads, and all an update needs to know, cost no query. */
export class CachedMetadata {
  readonly #store: MetadataStore;
  readonly #current = new CurrentFiles();
  readonly #foreign: ForeignChanges;

  constructor(store: MetadataStore, database: NotaryDatabase) {
    this.#store = store;
    this.#foreign = watchForeignChanges(database, this.#current);
  }

  /** To be waited for when a request comes, so that it sees what others have published before; often there is nothing to wait for. */
  catchUp(): Promise<void> | undefined {
    return this.#foreign.catchUp();
  }

  /** What may be served as `role` at `now` without a look at its date; `undefined` also when that is not known. */
  findFresh(gun: Gun, role: RoleName, now: Date): StoredFile | undefined {
    return this.#current.find(gun, role, now.getTime());
  }

  /** The newest version, in date or not. */
  async findCurrent(gun: Gun, role: RoleName): Promise<StoredFile | undefined> {
    const known = this.#current.find(gun, role);
    if (known) return known;
    const readAt = this.#current.moment();
    const file = await this.#store.findCurrent(gun, role);
    if (file) this.#current.keep(gun, [file], isDated(role) ? 0 : Number.POSITIVE_INFINITY, readAt);
    return file;
  }

  findByHash(gun: Gun, sha256: string): Promise<StoredFile | undefined> {
    return this.#store.findByHash(gun, sha256);
  }

  /** Runs `read`, then remembers what it gave as belonging together, and until when both may be served. */
  async keepPair<P extends { readonly timestamp: StoredFile; readonly snapshot: StoredFile }>(
    gun: Gun,
    read: () => Promise<P | undefined>,
  ): Promise<P | undefined> {
    const readAt = this.#current.moment();
    const pair = await read();
    if (pair)
      this.#current.keep(gun, [pair.timestamp, pair.snapshot], earliestExpiry([pair.timestamp, pair.snapshot]), readAt);
    return pair;
  }

  /** As the store, which see. @throws {VersionConflictError} */
  async addFiles(gun: Gun, files: readonly NewFile[], now: Date, inTransaction?: InTransaction): Promise<void> {
    const startedAt = this.#current.moment();
    try {
      const { files: stored, changes } = await this.#store.addFiles(gun, files, now, inTransaction);
      if (this.#current.hasChanged(gun, startedAt)) {
        this.#current.forget(gun);
        return;
      }
      this.#current.touch(gun);
      this.#foreign.isOwn(changes);
      this.#keepStored(gun, stored);
    } catch (thrown) {
      this.#current.forget(gun); // what is known may be the reason
      throw thrown;
    }
  }

  async deleteCollection(gun: Gun, now: Date, inTransaction?: InTransaction): Promise<void> {
    await this.#store.deleteCollection(gun, now, inTransaction);
    this.#current.forget(gun);
  }

  #keepStored(gun: Gun, stored: readonly StoredFile[]): void {
    const readAt = this.#current.moment();
    const dated = stored.filter(({ role }) => isDated(role));
    const others = stored.filter(({ role }) => !isDated(role));
    this.#current.keep(gun, others, Number.POSITIVE_INFINITY, readAt);
    this.#current.keep(gun, dated, dated.length === 2 ? earliestExpiry(dated) : 0, readAt);
  }
}

function isDated(role: string): boolean {
  return role === TIMESTAMP || role === SNAPSHOT;
}

/** When the first of `files` runs out, in milliseconds since 1970. */
export function earliestExpiry(files: readonly StoredFile[]): number {
  const dates = files.map(({ bytes }) => findInstant(readCommon(envelopeOf(bytes).signed).expires)?.getTime() ?? 0);
  return Math.min(...dates);
}
