import { type Digest, isTag, type RepositoryName, type Tag } from '../core/index.ts';
import { keyName, type StorageDriver } from '../storage/index.ts';
import { RegistryError } from './errors.ts';
import { currentTagLinkKey, layersFolder, revisionsFolder, tagFolder, tagsFolder } from './layout.ts';
import type { Links } from './links.ts';

/** The tags of a repository: links to manifests that may move. */
export class Tags {
  readonly #driver: StorageDriver;
  readonly #links: Links;

  constructor(driver: StorageDriver, links: Links) {
    this.#driver = driver;
    this.#links = links;
  }

  /** In code-point order, as the specification wants (distribution-spec v1.1, "Listing Tags"). @throws NAME_UNKNOWN */
  async list(name: RepositoryName): Promise<Tag[]> {
    const tags: Tag[] = [];
    for await (const key of this.#driver.list(tagsFolder(name))) {
      const tag = keyName(key);
      // A folder without its link is a tag that was never finished, or is half deleted.
      if (isTag(tag) && (await this.#driver.stat(currentTagLinkKey(name, tag)))) tags.push(tag);
    }
    if (tags.length === 0 && !(await this.#isRepository(name))) throw new RegistryError('NAME_UNKNOWN', { name });
    return tags;
  }

  find(name: RepositoryName, tag: Tag): Promise<Digest | undefined> {
    return this.#links.find(currentTagLinkKey(name, tag));
  }

  /** The link first: from then on the tag is gone, whatever else is still there. */
  async delete(name: RepositoryName, tag: Tag): Promise<void> {
    await this.#driver.delete(currentTagLinkKey(name, tag));
    await this.#driver.delete(tagFolder(name, tag));
  }

  /** Removes every tag that points at `digest`. */
  async deleteAll(name: RepositoryName, digest: Digest): Promise<void> {
    for await (const key of this.#driver.list(tagsFolder(name))) {
      const tag = keyName(key);
      if (isTag(tag) && (await this.find(name, tag)) === digest) await this.delete(name, tag);
    }
  }

  async #isRepository(name: RepositoryName): Promise<boolean> {
    for (const folder of [layersFolder(name), revisionsFolder(name)]) {
      for await (const _ of this.#driver.list(folder)) return true;
    }
    return false;
  }
}
