import type { RepositoryName } from '../core/index.ts';
import type { StorageDriver, StorageKey } from '../storage/index.ts';
import { type RepositoryFolder, readRepositoryFolder } from './catalog.ts';
import { LIST_MAX_AGE_MS, letOthersRun } from './kept-lists.ts';
import { REPOSITORIES } from './layout.ts';

interface KnownFolder extends RepositoryFolder {
  readonly version: string;
}

interface Index {
  readonly names: readonly RepositoryName[];
  /** Folders that are not repositories, and what they were: where repositories come and go. */
  readonly watched: ReadonlyMap<StorageKey, string>;
  readonly validUntil: number;
}

/** Folders whose content is remembered from one walk to the next. */
const MAX_KNOWN = 200_000;
/** Folders looked at again and again; the others wait for the next walk. */
const MAX_WATCHED = 500;
/** Milliseconds in which other processes' repositories may be missed, for the sake of those who read page after page. */
const CHECK_EVERY_MS = 20;
/** Of the time between two walks, one takes this part at most. */
const WALK_SHARE = 1 / 20;

/**
 * The names of all repositories, for a catalog that is asked for page by page. The folders above repositories are looked at
 * again and again, so that a new one is seen by the next request; all others a second later at the latest (in a large store
 * later), by a walk that reads again only what changed.
 */
export class RepositoryIndex {
  readonly #driver: StorageDriver;
  readonly #known = new Map<StorageKey, KnownFolder>();
  #index: Index | undefined;
  #walking: Promise<readonly RepositoryName[]> | undefined;

  readonly #changes: () => number;
  #checkedAt = 0;
  #checkedChanges = -1;

  /** `changes` counts what this process has written that may have made a repository: those are seen at once. */
  constructor(driver: StorageDriver, changes: () => number) {
    this.#driver = driver;
    this.#changes = changes;
  }

  /** In code-point order. */
  async list(): Promise<readonly RepositoryName[]> {
    // A walk that is under way may have passed by what has changed since: it will do if nothing has, else another is begun.
    if (this.#walking) await this.#walking.catch(() => undefined);
    if (this.#index && this.#isValid(this.#index)) return this.#index.names;
    this.#walking ??= this.#walk().finally(() => {
      this.#walking = undefined;
    });
    return this.#walking;
  }

  #isValid({ watched, validUntil }: Index): boolean {
    const [now, changes] = [performance.now(), this.#changes()];
    if (now >= validUntil) return false;
    if (changes === this.#checkedChanges && now - this.#checkedAt < CHECK_EVERY_MS) return true;
    [this.#checkedAt, this.#checkedChanges] = [now, changes];
    for (const [folder, version] of watched) {
      if (this.#driver.folderVersionNow?.(folder) !== version) return false;
    }
    return true;
  }

  async #walk(): Promise<readonly RepositoryName[]> {
    const began = performance.now();
    this.#index = undefined;
    const names: RepositoryName[] = [];
    const watched = new Map<StorageKey, string>();
    const seen = new Set<StorageKey>();
    let isSettled = this.#driver.folderVersionNow !== undefined;
    const waiting = [REPOSITORIES];
    for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
      seen.add(folder);
      const { repository, children, version } = await this.#read(folder);
      if (repository) names.push(repository);
      for (const child of children) waiting.push(child);
      if (!repository && version === '') isSettled = false;
      else if (!repository && watched.size < MAX_WATCHED) watched.set(folder, version);
      if (seen.size % 500 === 0) await letOthersRun();
    }
    for (const folder of this.#known.keys()) if (!seen.has(folder)) this.#known.delete(folder);
    names.sort();
    const now = performance.now();
    const age = Math.max(LIST_MAX_AGE_MS, (now - began) / WALK_SHARE);
    if (isSettled) this.#index = { names, watched, validUntil: now + age };
    return names;
  }

  /** From memory when nothing came or went. A version of `''` is none: it may change unseen. */
  async #read(folder: StorageKey): Promise<KnownFolder> {
    const version = this.#driver.folderVersionNow?.(folder) ?? '';
    const known = this.#known.get(folder);
    if (known && version !== '' && known.version === version) return known;
    const fresh = { ...(await readRepositoryFolder(this.#driver, folder)), version };
    if (version !== '' && this.#known.size < MAX_KNOWN) this.#known.set(folder, fresh);
    return fresh;
  }
}
