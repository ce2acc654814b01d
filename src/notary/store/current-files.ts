import type { Gun } from '../../tuf/index.ts';
import { Recent } from '../recent.ts';
import type { StoredFile } from './metadata-store.ts';

/** Bytes of metadata kept in memory; collections that were not asked for the longest go first. */
const MAX_BYTES = 64 * 1024 * 1024;
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 512;
/** Collections of which it is remembered when they changed last. */
const REMEMBERED_CHANGES = 10_000;

/** A moment: what changed after it was not in what was read then. */
export type Moment = number & { readonly moment: unique symbol };

interface Entry {
  readonly file: StoredFile;
  /** Until when it may be served, in milliseconds since 1970. */
  readonly freshUntil: number;
}
interface KeptCollection {
  readonly entries: Map<string, Entry>;
  size: number;
}

/** The current file of each role, in memory; it is not served past its date. Whoever learns of a change has it forget. */
export class CurrentFiles {
  readonly #collections = new Map<Gun, KeptCollection>();
  /** When collections changed. Those it has forgotten changed before `#allChanged`. */
  readonly #changed = new Recent<Gun, number>(REMEMBERED_CHANGES, (_, moment) => {
    this.#allChanged = Math.max(this.#allChanged, moment);
  });
  #allChanged = 0;
  #now = 1;
  #size = 0;

  /** The file of `role`; with `now` (milliseconds since 1970) only if it may be served then. */
  find(gun: Gun, role: string, now = 0): StoredFile | undefined {
    const kept = this.#collections.get(gun);
    const entry = kept?.entries.get(role);
    if (!kept || !entry || now > entry.freshUntil) return undefined;
    this.#collections.delete(gun);
    this.#collections.set(gun, kept); // now the one asked for last
    return entry.file;
  }

  /** To be taken before reading the files that are then given to `keep`. */
  moment(): Moment {
    return this.#now as Moment; // the one place that makes them
  }

  hasChanged(gun: Gun, since: Moment): boolean {
    return Math.max(this.#allChanged, this.#changed.get(gun) ?? 0) > since;
  }

  /** Keeps files that were read after `readAt`, unless the collection has changed meanwhile. */
  keep(gun: Gun, files: readonly StoredFile[], freshUntil: number, readAt: Moment): void {
    if (this.hasChanged(gun, readAt)) return;
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
    this.touch(gun);
    this.#remove(gun);
  }

  /** Some of its files are about to be replaced by `keep`: what others are reading just now is not to be kept. */
  touch(gun: Gun): void {
    this.#now += 1;
    this.#changed.set(gun, this.#now);
  }

  forgetAll(): void {
    this.#now += 1;
    this.#allChanged = this.#now;
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
