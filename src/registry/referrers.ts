import {
  type Digest,
  digestAlgorithm,
  digestHex,
  isDigest,
  type JsonObject,
  parseTag,
  type RepositoryName,
} from '../core/index.ts';
import { keyName, type StorageDriver } from '../storage/index.ts';
import { RegistryError } from './errors.ts';
import { referrersFolder } from './layout.ts';
import type { ManifestReference, Manifests, StoredManifest } from './manifests.ts';

/** An entry of a list of referrers (image-spec v1.1, descriptor.md). */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: JsonObject;
}

/**
 * Manifests whose `subject` is `subject`, which need not exist itself (distribution-spec v1.1 end-12a): those that were put
 * here, and those that clients listed under a tag while the repository was served by a registry that had no referrers
 * (same place, "Enabling the Referrers API").
 */
export async function listReferrers(
  driver: StorageDriver,
  manifests: Manifests,
  name: RepositoryName,
  subject: Digest,
): Promise<Referrer[]> {
  const digests = new Set<Digest>();
  for await (const algorithm of driver.list(referrersFolder(name, subject))) {
    for await (const key of driver.list(algorithm)) {
      const digest = `${keyName(algorithm)}:${keyName(key)}`;
      if (isDigest(digest)) digests.add(digest);
    }
  }
  for (const digest of await listTagged(manifests, name, subject)) digests.add(digest);
  const referrers: Referrer[] = [];
  for (const digest of digests) {
    const found = await findManifest(manifests, name, digest);
    // Otherwise deleted since, changed by hand, or listed by mistake.
    if (found?.manifest.subject?.digest === subject) referrers.push(referrerOf(found));
  }
  return referrers;
}

function referrerOf({ digest, bytes, manifest: { mediaType, artifactType, annotations } }: StoredManifest): Referrer {
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(artifactType ? { artifactType } : {}),
    ...(annotations ? { annotations } : {}),
  };
}

/** What the index says that is tagged `<algorithm>-<hex>`, cut as tags must be (distribution-spec v1.1, "Referrers Tag Schema"). */
async function listTagged(manifests: Manifests, name: RepositoryName, subject: Digest): Promise<readonly Digest[]> {
  const tag = `${digestAlgorithm(subject).slice(0, 32)}-${digestHex(subject).slice(0, 64)}`;
  const index = await findManifest(manifests, name, parseTag(tag));
  return index?.manifest.manifests.map(({ digest }) => digest) ?? [];
}

/** One that is damaged is no reason to hide the others. */
async function findManifest(
  manifests: Manifests,
  name: RepositoryName,
  reference: ManifestReference,
): Promise<StoredManifest | undefined> {
  try {
    return await manifests.find(name, reference);
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'UNKNOWN') return undefined;
    throw error;
  }
}
