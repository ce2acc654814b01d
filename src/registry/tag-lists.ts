import { isTag, type RepositoryName, type Tag } from '../core/index.ts';
import { keyName, type StorageDriver, type StorageKey } from '../storage/index.ts';
import { LIST_MAX_AGE_MS, letOthersRun } from './kept-lists.ts';
import { currentTagLinkKey, tagsFolder } from './layout.ts';

const MAX_KEPT_TAGS = 1_000_000;

interface TagList {
  readonly tags: readonly Tag[];
  /** Of the folder of tags. */
  readonly version: string;
  readonly readAt: number;
}

/**
 * The tags of repositories. A list is kept as long as its folder does not change, which is looked at for each request, and
 * for a second at most, after which each tag is looked at again: so a tag that comes or goes is seen by the next request,
 * and one whose link a person took away a second later.
 */
export class TagLists {
  readonly #driver: StorageDriver;
  readonly #lists = new Map<StorageKey, TagList>();
  readonly #reading = new Map<
    StorageKey,
    { readonly version: string | undefined; readonly tags: Promise<readonly Tag[]> }
  >();
  #kept = 0;

  constructor(driver: StorageDriver) {
    this.#driver = driver;
  }

  /** In code-point order. */
  list(name: RepositoryName): Promise<readonly Tag[]> {
    const folder = tagsFolder(name);
    const version = this.#driver.folderVersionNow?.(folder);
    const kept = this.#lists.get(folder);
    if (kept && kept.version === version && performance.now() - kept.readAt < LIST_MAX_AGE_MS) {
      return Promise.resolve(kept.tags);
    }
    const running = this.#reading.get(folder);
    if (running && running.version === version && version !== undefined) return running.tags;
    const reading = { version, tags: this.#read(name, folder, version) };
    this.#reading.set(folder, reading);
    const done = (): void => {
      if (this.#reading.get(folder) === reading) this.#reading.delete(folder);
    };
    reading.tags.then(done, done);
    return reading.tags;
  }

  /** This process changed a tag. */
  forget(name: RepositoryName): void {
    const folder = tagsFolder(name);
    this.#reading.delete(folder);
    this.#drop(folder);
  }

  async #read(name: RepositoryName, folder: StorageKey, version: string | undefined): Promise<readonly Tag[]> {
    const readAt = performance.now();
    const tags: Tag[] = [];
    let seen = 0;
    for await (const key of this.#driver.list(folder)) {
      const tag = keyName(key);
      // A folder without its link is a tag that was never finished, or is half deleted.
      if (isTag(tag) && (await this.#driver.stat(currentTagLinkKey(name, tag)))) tags.push(tag);
      if (++seen % 500 === 0) await letOthersRun();
    }
    const isCurrent = this.#reading.get(folder)?.version === version; // not forgotten meanwhile
    if (version !== undefined && isCurrent && this.#driver.folderVersionNow?.(folder) === version) {
      this.#keep(folder, { tags, version, readAt });
    }
    return tags;
  }

  #keep(folder: StorageKey, list: TagList): void {
    this.#drop(folder);
    this.#lists.set(folder, list);
    this.#kept += list.tags.length + 1;
    for (const oldest of this.#lists.keys()) {
      if (this.#kept <= MAX_KEPT_TAGS) break;
      this.#drop(oldest);
    }
  }

  #drop(folder: StorageKey): void {
    this.#kept -= (this.#lists.get(folder)?.tags.length ?? -1) + 1;
    this.#lists.delete(folder);
  }
}
