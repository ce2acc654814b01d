import type { Digest, JsonObject, RepositoryName } from '../core/index.ts';
import { isDigest } from '../core/index.ts';
import { keyName, type StorageDriver } from '../storage/index.ts';
import { referrersFolder } from './layout.ts';
import type { Manifests } from './manifests.ts';

/** An entry of a list of referrers (image-spec v1.1, descriptor.md). */
export interface Referrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: JsonObject;
}

/** Manifests whose `subject` is `subject`, which need not exist itself (distribution-spec v1.1 end-12a). */
export async function listReferrers(
  driver: StorageDriver,
  manifests: Manifests,
  name: RepositoryName,
  subject: Digest,
): Promise<Referrer[]> {
  const referrers: Referrer[] = [];
  for await (const algorithm of driver.list(referrersFolder(name, subject))) {
    for await (const key of driver.list(algorithm)) {
      const digest = `${keyName(algorithm)}:${keyName(key)}`;
      const found = isDigest(digest) ? await manifests.find(name, digest) : undefined;
      if (!found || found.manifest.subject?.digest !== subject) continue; // deleted since, or changed by hand
      const { mediaType, artifactType, annotations } = found.manifest;
      referrers.push({
        mediaType,
        digest: found.digest,
        size: found.bytes.byteLength,
        ...(artifactType ? { artifactType } : {}),
        ...(annotations ? { annotations } : {}),
      });
    }
  }
  return referrers;
}
