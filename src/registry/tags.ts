import { type Digest, isTag, type RepositoryName, type Tag } from '../core/index.ts';
import { keyName, type StorageDriver } from '../storage/index.ts';
import { RegistryError } from './errors.ts';
import type { Claims } from './gc/claims.ts';
import { currentTagLinkKey, layersFolder, revisionsFolder, tagFolder, tagIndexLinkKey, tagsFolder } from './layout.ts';
import type { Links } from './links.ts';
import { TagLists } from './tag-lists.ts';
import { Turns } from './turns.ts';

/** Looks at what a tag points at before it is changed, and throws when that is not what it should be. */
export type TagCheck = (current: Digest | undefined) => Promise<void>;

/**
 * The tags of a repository: links to manifests that may move. One change at a time to a tag, whoever makes it: in this
 * process always, between processes where the storage has locks.
 */
export class Tags {
  readonly #driver: StorageDriver;
  readonly #links: Links;
  readonly #claims: Claims;
  readonly #turns = new Turns();
  readonly #lists: TagLists;

  constructor(driver: StorageDriver, links: Links, claims: Claims) {
    this.#driver = driver;
    this.#links = links;
    this.#claims = claims;
    this.#lists = new TagLists(driver);
  }

  /** In code-point order, as the specification wants (distribution-spec v1.1, "Listing Tags"). @throws NAME_UNKNOWN */
  async list(name: RepositoryName): Promise<readonly Tag[]> {
    const tags = await this.#lists.list(name);
    if (tags.length === 0 && !(await this.#isRepository(name))) throw new RegistryError('NAME_UNKNOWN', { name });
    return tags;
  }

  find(name: RepositoryName, tag: Tag): Promise<Digest | undefined> {
    return this.#links.find(currentTagLinkKey(name, tag));
  }

  /**
   * Lets the tag point at a manifest. Its history first, the tag last.
   * @throws what `check` throws: nothing is changed
   */
  put(name: RepositoryName, tag: Tag, digest: Digest, check?: TagCheck): Promise<void> {
    return this.#alone(name, tag, async () => {
      await check?.(await this.find(name, tag));
      const current = currentTagLinkKey(name, tag);
      const lately = this.#claims.staleBefore();
      for (let isDone = false; !isDone; ) {
        await this.#links.put(tagIndexLinkKey(name, tag, digest), digest);
        await this.#links.put(current, digest, lately); // retention goes by when a tag was last pushed
        // A collector may have meant what the tag was before, and may be done with it by now.
        isDone = !(await this.#claims.pass(current)) && (await this.#driver.stat(current)) !== undefined;
      }
    });
  }

  /**
   * Removes the tag and its history. The link first: from then on the tag is gone, whatever else is still there.
   * @throws what `check` throws: nothing is changed
   */
  delete(name: RepositoryName, tag: Tag, check?: TagCheck): Promise<void> {
    return this.#alone(name, tag, async () => {
      await check?.(await this.find(name, tag));
      await this.#remove(name, tag);
    });
  }

  /** Removes every tag that points at `digest`; not one that is moved meanwhile. Resolves to whether there were any. */
  async deleteAll(name: RepositoryName, digest: Digest): Promise<boolean> {
    let hadAny = false;
    for await (const key of this.#driver.list(tagsFolder(name))) {
      const tag = keyName(key);
      if (!isTag(tag) || (await this.find(name, tag)) !== digest) continue;
      await this.#alone(name, tag, async () => {
        if ((await this.find(name, tag)) !== digest) return;
        await this.#remove(name, tag);
        hadAny = true;
      });
    }
    return hadAny;
  }

  async #remove(name: RepositoryName, tag: Tag): Promise<void> {
    await this.#driver.delete(currentTagLinkKey(name, tag));
    await this.#driver.delete(tagFolder(name, tag));
  }

  #alone(name: RepositoryName, tag: Tag, work: () => Promise<void>): Promise<void> {
    const key = tagFolder(name, tag);
    return this.#turns.take(key, async () => {
      const lock = await this.#driver.lock?.(key);
      try {
        await work();
      } finally {
        this.#lists.forget(name);
        await lock?.[Symbol.asyncDispose]();
      }
    });
  }

  async #isRepository(name: RepositoryName): Promise<boolean> {
    for (const folder of [layersFolder(name), revisionsFolder(name)]) {
      for await (const _ of this.#driver.list(folder)) return true;
    }
    return false;
  }
}
