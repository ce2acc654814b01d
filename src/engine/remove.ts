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
import { isSameName } from './same-name.ts';
import type { ImageStore } from './store/image-store.ts';

/** One thing a removal did, as the Engine API says it (v1.50, `ImageDeleteResponseItem`). */
export type Removal = { readonly Untagged: string } | { readonly Deleted: string };

/** A container that was made of an image; `image` as it was called then. */
export interface ImageUser {
  /** 64 hex. */
  readonly id: string;
  readonly image: string;
  readonly isRunning: boolean;
}

/** The image is named elsewhere too or a container is of it, so that only force removes it, or nothing. */
export class RemovalConflictError extends TrustSandboxError {
  readonly code = 'ENGINE_REMOVAL_CONFLICT';
}

/**
 * Removes a name, or an image by its id, in dockerd's order and with its conditions: a name goes alone while others
 * are left; with the last tag of a repository go its digests; an id takes all names with it only where they are of one
 * repository with one tag, or by force.
 * @throws {ImageNotFoundError | RemovalConflictError | ReferenceInvalidError}
 */
export async function removeImage(
  store: ImageStore,
  name: string,
  force: boolean,
  users: readonly ImageUser[] = [],
): Promise<Removal[]> {
  const { id } = getImage(store, name);
  const isById = isIdPrefix(id, name);
  const doomed = isById ? namesOfId(store, id, force) : namesOfReference(store, id, name);
  const user = doomed.isLast ? findUser(store, id, users) : undefined;
  if (user && isById) refuseId(id, user, force);
  if (user && !force) refuseName(id, name, user);
  if (user?.isRunning) {
    await store.unname(doomed.references); // by force the name goes, and the image stays for who runs it
    return doomed.references.map((reference) => ({ Untagged: formatReference(reference) }));
  }
  await store.unname(doomed.references);
  const removals: Removal[] = doomed.references.map((reference) => ({ Untagged: formatReference(reference) }));
  if (!doomed.isLast) return removals;
  const layers = await store.removeImage(id);
  return [...removals, { Deleted: id }, ...layers.map((chainId) => ({ Deleted: chainId }))];
}

/** One that runs before others. */
function findUser(store: ImageStore, id: Digest, users: readonly ImageUser[]): ImageUser | undefined {
  const names = [id, ...listNames(store, id).map(formatReference)];
  const own = users.filter(({ image }) => names.some((name) => isSameName(image, name)));
  return own.find(({ isRunning }) => isRunning) ?? own[0];
}

function refuseId(id: Digest, { id: container, isRunning }: ImageUser, force: boolean): void {
  if (force && !isRunning) return;
  const how = isRunning ? 'cannot be forced' : 'must be forced';
  const what = isRunning ? 'running' : 'stopped';
  throw new RemovalConflictError(
    `conflict: unable to delete ${shortId(id)} (${how}) - image is being used by ${what} container ${container.slice(0, 12)}`,
  );
}

function refuseName(id: Digest, name: string, { id: container }: ImageUser): never {
  throw new RemovalConflictError(
    `conflict: unable to remove repository reference ${JSON.stringify(name)} (must force) - container ${container.slice(0, 12)} is using its referenced image ${shortId(id)}`,
  );
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
