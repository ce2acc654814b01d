import { type Digest, digestAlgorithm, digestHex, type RepositoryName, type Tag } from '../core/index.ts';
import { parseStorageKey, type StorageKey, storageKey } from '../storage/index.ts';
import type { UploadId } from './upload-id.ts';

/*
 * The tree of CNCF distribution (its storage/paths.go, "v2"), so that a tree can be handed over, both ways:
 *
 *   docker/registry/v2/
 *     blobs/sha256/HH/HEX/data                          every blob and manifest, once; HH = first two digits
 *     repositories/NAME/
 *       _layers/sha256/HEX/link                         this repository has that blob (layers and configs)
 *       _manifests/revisions/sha256/HEX/link            this repository has that manifest
 *       _manifests/tags/TAG/current/link                what the tag points at
 *       _manifests/tags/TAG/index/sha256/HEX/link       what it ever pointed at
 *       _uploads/UUID/{startedat,data}                  a blob on its way
 *       _referrers/sha256/HEX/sha256/HEX/link           subject / the manifest that refers to it; ours alone: distribution
 *                                                       has no referrers and passes folders over that begin with `_`
 *
 * A link holds a digest, `sha256:HEX`, and no newline. No component of a name begins with `_`.
 */
const ROOT = 'docker/registry/v2';

export const BLOBS = parseStorageKey(`${ROOT}/blobs`);
export const REPOSITORIES = parseStorageKey(`${ROOT}/repositories`);

const path = (digest: Digest): string => `${digestAlgorithm(digest)}/${digestHex(digest)}`;
const repository = (name: RepositoryName): string => `${REPOSITORIES}/${name}`;

export function blobDataKey(digest: Digest): StorageKey {
  const hex = digestHex(digest);
  return parseStorageKey(`${ROOT}/blobs/${digestAlgorithm(digest)}/${hex.slice(0, 2)}/${hex}/data`);
}

export function layersFolder(name: RepositoryName): StorageKey {
  return parseStorageKey(`${repository(name)}/_layers`);
}

export function layerLinkKey(name: RepositoryName, digest: Digest): StorageKey {
  return parseStorageKey(`${repository(name)}/_layers/${path(digest)}/link`);
}

export function revisionsFolder(name: RepositoryName): StorageKey {
  return parseStorageKey(`${repository(name)}/_manifests/revisions`);
}

export function revisionLinkKey(name: RepositoryName, digest: Digest): StorageKey {
  return parseStorageKey(`${repository(name)}/_manifests/revisions/${path(digest)}/link`);
}

export function tagsFolder(name: RepositoryName): StorageKey {
  return parseStorageKey(`${repository(name)}/_manifests/tags`);
}

export function tagFolder(name: RepositoryName, tag: Tag): StorageKey {
  return storageKey(tagsFolder(name), tag);
}

export function currentTagLinkKey(name: RepositoryName, tag: Tag): StorageKey {
  return parseStorageKey(`${repository(name)}/_manifests/tags/${tag}/current/link`);
}

export function tagIndexLinkKey(name: RepositoryName, tag: Tag, digest: Digest): StorageKey {
  return parseStorageKey(`${repository(name)}/_manifests/tags/${tag}/index/${path(digest)}/link`);
}

export function referrersFolder(name: RepositoryName, subject: Digest): StorageKey {
  return parseStorageKey(`${repository(name)}/_referrers/${path(subject)}`);
}

export function referrerLinkKey(name: RepositoryName, subject: Digest, digest: Digest): StorageKey {
  return storageKey(referrersFolder(name, subject), path(digest), 'link');
}

export function uploadsFolder(name: RepositoryName): StorageKey {
  return parseStorageKey(`${repository(name)}/_uploads`);
}

export function uploadFolder(name: RepositoryName, upload: UploadId): StorageKey {
  return parseStorageKey(`${repository(name)}/_uploads/${upload}`);
}

export function uploadDataKey(name: RepositoryName, upload: UploadId): StorageKey {
  return storageKey(uploadFolder(name, upload), 'data');
}

export function uploadStartKey(name: RepositoryName, upload: UploadId): StorageKey {
  return storageKey(uploadFolder(name, upload), 'startedat');
}
