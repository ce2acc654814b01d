import type { Readable } from 'node:stream';
import type { Digest, RepositoryName, Tag } from '../core/index.ts';
import type { ReadRange } from '../storage/index.ts';
import type { StoredBlob } from './blobs.ts';
import type { ManifestReference, StoredManifest } from './manifests.ts';

/** Gives manifests: from the storage, or through it from another registry. */
export interface ManifestReader {
  /** @throws {RegistryError} MANIFEST_UNKNOWN */
  get(name: RepositoryName, reference: ManifestReference): Promise<StoredManifest>;
  /** Keeps collectors from what a client looks for and may be about to name; answers until when that is good. */
  expectUse?(name: RepositoryName, digest: Digest): Promise<() => boolean>;
}

/** Gives blobs: from the storage, or through it from another registry. */
export interface BlobReader {
  /** @throws {RegistryError} BLOB_UNKNOWN */
  get(name: RepositoryName, digest: Digest): Promise<StoredBlob>;
  /** The bytes of a blob that `get` gave. */
  read(blob: StoredBlob, range: ReadRange): Promise<Readable>;
  /** As `read`, for one who passes the bytes on: a chunk is good until `take` has resolved. */
  send?(blob: StoredBlob, range: ReadRange, take: (chunk: Buffer) => Promise<void>): Promise<void>;
  /** Keeps collectors from what a client looks for and may be about to name; answers until when that is good. */
  expectUse?(name: RepositoryName, digest: Digest): Promise<() => boolean>;
  /** A URL where the storage itself gives the bytes; left out where clients are not to be sent there. */
  redirect?(blob: StoredBlob): Promise<string>;
}

/** Lists the tags of a repository, in code-point order. */
export interface TagReader {
  /** @throws {RegistryError} NAME_UNKNOWN */
  list(name: RepositoryName): Promise<readonly Tag[]>;
}
