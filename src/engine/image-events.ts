import { type Digest, familiarName, formatReference, type ImageReference } from '../core/index.ts';
import type { Publish } from './event-log.ts';
import { getImage } from './lookup.ts';
import type { Removal } from './remove.ts';
import type { ImageStore } from './store/image-store.ts';
import { readConfig } from './summary.ts';

/** Publishes what happens to images, with the members dockerd's events have (Engine API v1.51, `SystemEvents`). */
export interface ImageEvents {
  /** A pull or a push: the reference is the event's id. */
  named(action: 'pull' | 'push', reference: ImageReference): Promise<void>;
  /** Anything else: the image is, and `name` what it is called in it. */
  ofImage(action: 'load' | 'save' | 'import' | 'tag', id: Digest, name?: string): Promise<void>;
  /** Does a removal, and tells of each name and image that went. */
  removal(name: string, remove: () => Promise<Removal[]>): Promise<Removal[]>;
}

export function openImageEvents(store: ImageStore, publish: Publish): ImageEvents {
  const labelsOf = async (id: Digest): Promise<Record<string, string>> =>
    Object.fromEntries((await readConfig(store, id)).labels);
  const tell = (action: string, id: string, name: string, labels: Record<string, string>): void =>
    publish({ type: 'image', action, id, attributes: { ...labels, name } });
  return {
    async named(action, reference) {
      const shown = formatReference(reference);
      const id = reference.tag || reference.digest ? store.references.find(storedName(reference)) : undefined;
      const labels = id ? await labelsOf(id).catch(() => ({})) : {}; // gone again, or of all tags
      tell(action, shown, familiarName(reference), labels);
    },
    async ofImage(action, id, name = id) {
      tell(action, id, name, await labelsOf(id).catch(() => ({})));
    },
    async removal(name, remove) {
      const { id } = getImage(store, name);
      const labels = await labelsOf(id).catch(() => ({})); // a damaged image can be removed too
      const removals = await remove();
      for (const removal of removals) {
        if ('Untagged' in removal) tell('untag', id, id, labels);
        else if (removal.Deleted === id) tell('delete', id, id, labels);
      }
      return removals;
    },
  };
}

/** A name with tag and digest is kept by its digest. */
function storedName({ domain, repository, tag, digest }: ImageReference): ImageReference {
  return { domain, repository, ...(digest ? { digest } : tag && { tag }) };
}
