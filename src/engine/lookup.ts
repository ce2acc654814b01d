import {
  type Digest,
  digestHex,
  formatReference,
  type ImageReference,
  isDigest,
  parseImageReference,
  ReferenceInvalidError,
  TrustSandboxError,
  withDefaultTag,
} from '../core/index.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';

/** Nothing here goes by that name. The message is dockerd's. */
export class ImageNotFoundError extends TrustSandboxError {
  readonly code = 'ENGINE_IMAGE_NOT_FOUND';
}

const ID_PREFIX = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/**
 * Finds an image as a person names it: whole id, name with tag or digest (a tag stands before a digest where both are
 * given), or the first digits of an id.
 * @throws {ImageNotFoundError | ReferenceInvalidError}
 */
export function getImage(store: ImageStore, name: string): ImageRecord {
  const whole = isDigest(name) ? name : `sha256:${name}`;
  const byId = isDigest(whole) ? store.findImage(whole) : undefined;
  const found = byId ?? findByReference(store, name) ?? findByPrefix(store, name);
  if (!found) throw new ImageNotFoundError(`No such image: ${shownName(name)}`);
  return found;
}

/** Whether `name` is an id of this image, or the beginning of one: names are removed differently from ids. */
export function isIdPrefix(id: Digest, name: string): boolean {
  return id.startsWith(name) || digestHex(id).startsWith(name);
}

function findByReference(store: ImageStore, name: string): ImageRecord | undefined {
  const reference = tryParse(name);
  const id = reference && store.references.find(withDefaultTag(storedForm(reference)));
  return id === undefined ? undefined : store.findImage(id);
}

/** A reference with both tag and digest is known by its digest. */
function storedForm({ domain, repository, tag, digest }: ImageReference): ImageReference {
  if (digest) return { domain, repository, digest };
  return tag ? { domain, repository, tag } : { domain, repository };
}

/** By the first digits, where only one image has them. */
function findByPrefix(store: ImageStore, name: string): ImageRecord | undefined {
  const prefix = ID_PREFIX.exec(name)?.[1];
  if (prefix === undefined) return undefined;
  const found = store.listImages().filter(({ id }) => digestHex(id).startsWith(prefix));
  return found.length === 1 ? found[0] : undefined;
}

function tryParse(name: string): ImageReference | undefined {
  try {
    return parseImageReference(name);
  } catch (thrown) {
    if (thrown instanceof ReferenceInvalidError && /^[0-9a-f:]+$/.test(name.replace('sha256', ''))) return undefined;
    throw thrown;
  }
}

function shownName(name: string): string {
  if (ID_PREFIX.test(name) && name.startsWith('sha256:')) return name;
  const reference = tryParse(name);
  return reference ? formatReference(withDefaultTag(reference)) : name;
}
