import type { Gun } from '../../tuf/index.ts';
import type { StoredFile } from './metadata-store.ts';

/** Bytes of metadata kept in memory; collections that were not asked for the longest go first. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 512;

interface Entry {
  readonly file: StoredFile;
  /** Until when it may be served, in milliseconds since 1970. */
  readonly freshUntil: number;
}
interface KeptCollection {
  readonly entries: Map<string, Entry>;
  size: number;
}

/**
 * The current file of each role, in memory. A file is forgotten when its collection changes here, and when any other
 * connection changes the database; it is not served past its date.
 */
export class CurrentFiles {
  readonly #collections = new Map<Gun, KeptCollection>();
  readonly #foreignChanges: () => number;
  #seenChanges: number;
  #hasAsked = false;
  #generation = 0;
  #size = 0;

  constructor(foreignChanges: () => number) {
    this.#foreignChanges = foreignChanges;
    this.#seenChanges = foreignChanges();
  }

  /** The file of `role`; with `now` (milliseconds since 1970) only if it may be served then. */
  find(gun: Gun, role: string, now = 0): StoredFile | undefined {
    this.#notice();
    const kept = this.#collections.get(gun);
    const entry = kept?.entries.get(role);
    if (!kept || !entry || now > entry.freshUntil) return undefined;
    this.#collections.delete(gun);
    this.#collections.set(gun, kept); // now the one asked for last
    return entry.file;
  }

  /** To be taken before reading the files that are then given to `keep`. */
  generation(): number {
    this.#notice();
    return this.#generation;
  }

  /** Keeps files read since `generation`, unless something has changed meanwhile. */
  keep(gun: Gun, files: readonly StoredFile[], freshUntil: number, generation: number): void {
    if (generation !== this.generation()) return;
    const kept = this.#collections.get(gun) ?? { entries: new Map(), size: 0 };
    this.#remove(gun);
    for (const file of files) {
      const before = kept.entries.get(file.role);
      kept.size += sizeOf(file) - (before ? sizeOf(before.file) : 0);
      kept.entries.set(file.role, { file, freshUntil });
    }
    this.#collections.set(gun, kept);
    this.#size += kept.size;
    for (const oldest of this.#collections.keys()) {
      if (this.#size <= MAX_BYTES) break;
      this.#remove(oldest);
    }
  }

  forget(gun: Gun): void {
    this.#generation += 1;
    this.#remove(gun);
  }

  /** Asks once in a turn of the event loop: a request that came after a change is answered in a later one. */
  #notice(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    setImmediate(() => {
      this.#hasAsked = false;
    });
    const changes = this.#foreignChanges();
    if (changes === this.#seenChanges) return;
    this.#seenChanges = changes;
    this.#generation += 1;
    this.#collections.clear();
    this.#size = 0;
  }

  #remove(gun: Gun): void {
    this.#size -= this.#collections.get(gun)?.size ?? 0;
    this.#collections.delete(gun);
  }
}

function sizeOf(file: StoredFile): number {
  return file.bytes.length + ENTRY_BYTES;
}
