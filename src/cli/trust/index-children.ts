import { isDigest, isIndex, isJsonObject, isTag, type JsonObject, parseJson, type Tag } from '../../core/index.ts';
import type { RemoteManifest } from './remote-manifest.ts';
import { ContentTrustError } from './trust-error.ts';

/** What one platform's image of an index is signed as. */
export interface IndexChild {
  readonly tag: Tag;
  readonly digest: string;
  readonly size: number;
}

const UNKNOWN = 'unknown';
const MAX_CHILDREN = 200;

/**
 * The images of an index, each under the index's tag with the platform behind it: `v1-linux-arm64-v8` (os, architecture,
 * variant where there is one; image-spec v1.1, image-index.md). What has no platform, an attestation for one, is left out.
 * @throws {ContentTrustError} no index, or two images for one platform
 */
export function listIndexChildren(tag: Tag, { mediaType, bytes }: RemoteManifest): readonly IndexChild[] {
  if (!isIndex(mediaType)) throw new ContentTrustError(`${tag} is no index: there are no images in it to sign`);
  const { manifests } = parseJson(bytes) as JsonObject;
  const found = new Map<string, IndexChild>();
  for (const child of Array.isArray(manifests) ? manifests.slice(0, MAX_CHILDREN) : []) {
    if (!isJsonObject(child) || !isJsonObject(child.platform)) continue;
    const { digest, size, platform } = child;
    const { os, architecture, variant } = platform;
    if (os === UNKNOWN || architecture === UNKNOWN) continue;
    const name = [tag, os, architecture, ...(variant ? [variant] : [])].join('-');
    if (!isTag(name))
      throw new ContentTrustError(`the image for ${name.slice(tag.length + 1)} cannot be signed: ${name} is no tag`);
    if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number') {
      throw new ContentTrustError(`the image for ${name.slice(tag.length + 1)} has no digest in the index`);
    }
    if (found.has(name)) throw new ContentTrustError(`the index has two images for ${name.slice(tag.length + 1)}`);
    found.set(name, { tag: name, digest, size });
  }
  return [...found.values()];
}
