import {
  type Digest,
  formatReference,
  fullName,
  type ImageReference,
  parseImageReference,
  TrustSandboxError,
  withDefaultTag,
} from '../core/index.ts';
import { shortId } from './layer-pull.ts';
import { getImage, isIdPrefix } from './lookup.ts';
import type { ImageStore } from './store/image-store.ts';

/** One thing a removal did, as the Engine API says it (v1.50, `ImageDeleteResponseItem`). */
export type Removal = { readonly Untagged: string } | { readonly Deleted: string };

/** The image is named elsewhere too, so that only force removes it. */
export class RemovalConflictError extends TrustSandboxError {
  readonly code = 'ENGINE_REMOVAL_CONFLICT';
}

/**
 * Removes a name, or an image by its id, in dockerd's order and with its conditions: a name goes alone while others
 * are left; with the last tag of a repository go its digests; an id takes all names with it only where they are of one
 * repository with one tag, or by force.
 * @throws {ImageNotFoundError | RemovalConflictError | ReferenceInvalidError}
 */
export async function removeImage(store: ImageStore, name: string, force: boolean): Promise<Removal[]> {
  const { id } = getImage(store, name);
  const doomed = isIdPrefix(id, name) ? namesOfId(store, id, force) : namesOfReference(store, id, name);
  await store.unname(doomed.references);
  const removals: Removal[] = doomed.references.map((reference) => ({ Untagged: formatReference(reference) }));
  if (!doomed.isLast) return removals;
  const layers = await store.removeImage(id);
  return [...removals, { Deleted: id }, ...layers.map((chainId) => ({ Deleted: chainId }))];
}

interface Doomed {
  readonly references: readonly ImageReference[];
  /** Whether the image goes with them. */
  readonly isLast: boolean;
}

function namesOfReference(store: ImageStore, id: Digest, name: string): Doomed {
  const parsed = withDefaultTag(parseImageReference(name));
  const { domain, repository, tag, digest } = parsed;
  const removed: ImageReference = digest ? { domain, repository, digest } : { domain, repository, ...(tag && { tag }) };
  const others = listNames(store, id).filter((other) => formatReference(other) !== formatReference(removed));
  const siblings = others.filter((other) => fullName(other) === fullName(removed));
  const isLastTag = !removed.digest && siblings.every((other) => other.digest !== undefined);
  const doomed = isLastTag ? [removed, ...siblings] : [removed];
  return { references: doomed, isLast: doomed.length > others.length };
}

function namesOfId(store: ImageStore, id: Digest, force: boolean): Doomed {
  const references = listNames(store, id);
  if (references.length > 0 && !force && !isSingle(references)) {
    throw new RemovalConflictError(
      `conflict: unable to delete ${shortId(id)} (must be forced) - image is referenced in multiple repositories`,
    );
  }
  return { references, isLast: true };
}

/** All names are of one repository, with one tag at most. */
function isSingle(references: readonly ImageReference[]): boolean {
  if (references.length === 1) return true;
  const tags = references.filter(({ digest }) => digest === undefined);
  return tags.length <= 1 && new Set(references.map(fullName)).size === 1;
}

function listNames(store: ImageStore, id: Digest): ImageReference[] {
  return store.references.list(id).map(({ reference }) => reference);
}
