import { type Digest, type ImageReference, parseDigest } from '../../core/index.ts';
import {
  type FoundTarget,
  getTarget,
  listTargets,
  RELEASES,
  TargetNotFoundError,
  type TrustCollection,
} from '../../trust/index.ts';
import { findInstant, type RoleName, rootRole, TARGETS } from '../../tuf/index.ts';
import { REPO_ADMIN, releasedTags } from './signatures.ts';
import { ContentTrustError } from './trust-error.ts';

/** Only these roles count for docker, the first before the second. */
export const DOCKER_ROLES: readonly RoleName[] = [RELEASES, TARGETS];

/** @throws {ContentTrustError} the target has no SHA-256, so it is no image */
export function digestOfTarget({ file }: FoundTarget): Digest {
  const sha256 = file.hashes.get('sha256');
  if (!sha256) throw new ContentTrustError('no valid hash, expecting sha256');
  return parseDigest(`sha256:${sha256.toString('hex')}`);
}

/**
 * The target that an image reference means: that of its tag; where it has a digest, that digest must be the tag's, or,
 * without a tag, that of any signed one.
 * @throws {TargetNotFoundError | RoleUnverifiedError | ContentTrustError}
 */
export function findSignedTarget(collection: TrustCollection, { tag, digest }: ImageReference): FoundTarget {
  if (tag === undefined && digest !== undefined) {
    const found = listTargets(collection, DOCKER_ROLES).find(
      (target) => DOCKER_ROLES.includes(target.role) && isDigest(target, digest),
    );
    if (!found) throw new TargetNotFoundError(digest);
    return found;
  }
  const found = getTarget(collection, tag ?? 'latest', DOCKER_ROLES);
  if (!DOCKER_ROLES.includes(found.role)) throw new ContentTrustError(`No trust data for ${tag}`);
  if (digest !== undefined && !isDigest(found, digest)) {
    throw new ContentTrustError(`${tag} is signed for ${digestOfTarget(found)}, not for ${digest}`);
  }
  return found;
}

function isDigest({ file }: FoundTarget, digest: Digest): boolean {
  return file.hashes.get('sha256')?.toString('hex') === digest.slice('sha256:'.length);
}

/** Names of those who signed this digest for the tag, as `trust inspect` has them. */
export function signerNames(signed: Parameters<typeof releasedTags>[0], target: FoundTarget): readonly string[] {
  const hex = target.file.hashes.get('sha256')?.toString('hex');
  const tag = releasedTags(signed).find((one) => one.tag === target.name && one.digest === hex);
  return tag && tag.signers.length > 0 ? [...tag.signers].sort() : [REPO_ADMIN];
}

/** When the first of what the target hangs on runs out, that people renew: root, its certificates, targets, the role. */
export function signedUntil({ root, targets }: TrustCollection, { role }: FoundTarget): Date {
  const roles = [root, targets.get(TARGETS), targets.get(role)].flatMap((metadata) => (metadata ? [metadata] : []));
  const certificates = [...rootRole(root, 'root').keys.values()].flatMap(({ certificateEnd }) => certificateEnd ?? []);
  const lastCertificate = Math.max(...certificates.map((date) => date.getTime()));
  const dates = roles.map(({ expires }) => findInstant(expires)?.getTime() ?? 0);
  return new Date(Math.min(...dates, ...(certificates.length > 0 ? [lastCertificate] : [])));
}
