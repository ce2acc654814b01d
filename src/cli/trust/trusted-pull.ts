import {
  type Digest,
  familiarName,
  formatReference,
  fullName,
  type ImageReference,
  isTag,
  type Tag,
} from '../../core/index.ts';
import type { FoundTarget, TrustRepository } from '../../trust/index.ts';
import { printLine } from '../io.ts';
import { explainTrustError } from './explain-error.ts';
import type { FindManifestSize } from './manifest-size.ts';
import { DOCKER_ROLES, digestOfTarget, findSignedTarget } from './signed-image.ts';
import { openRepository, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** What a trusted pull leaves to the pull command. */
export interface TrustedPull {
  /** With a tag; without one every signed tag is pulled. */
  readonly reference: ImageReference;
  /** Pulls an image by digest and shows how it goes. */
  pull(reference: ImageReference): Promise<void>;
  readonly findSize: FindManifestSize;
  /** Tags an image of the Engine. */
  tag(source: string, target: ImageReference): Promise<void>;
}

interface SignedTag {
  readonly tag: Tag;
  readonly digest: Digest;
  readonly target: FoundTarget;
}

/**
 * Pulls the image that a tag was signed for, by digest, and tags it here; what the registry says of the tag does not
 * count. Strictly, what is there has the size that was signed. Prints what docker prints but for its last line.
 * @throws {ContentTrustError} no trust data, or none to be trusted; nothing was pulled for the tag then
 */
export async function trustedPull(asked: TrustedPull, context: TrustContext): Promise<void> {
  const { reference, pull, tag } = asked;
  const { stdout, stderr } = context.io;
  const repository = await openRepository(context, reference).catch((cause: Error) => {
    throw new ContentTrustError(`error establishing connection to trust repository: ${cause.message}`, { cause });
  });
  const signed = await listSignedTags(reference, repository, context);
  const image = { domain: reference.domain, repository: reference.repository };
  for (const [index, { tag: name, digest, target }] of signed.entries()) {
    const trusted: ImageReference = { ...image, digest };
    const tagged: ImageReference = { ...image, tag: name };
    printLine(stdout, `Pull (${index + 1} of ${signed.length}): ${formatReference(tagged)}@${digest}`);
    const isSizeKnown = await verifySize(asked, trusted, target, repository, context);
    await pull(trusted);
    if (!isSizeKnown) printLine(stderr, `Nobody told the size of ${formatReference(trusted)}: it was not compared`);
    printLine(stderr, `Tagging ${formatReference(trusted)} as ${formatReference(tagged)}`);
    await tag(formatReference(trusted), tagged);
  }
}

async function verifySize(
  { findSize }: TrustedPull,
  trusted: ImageReference,
  target: FoundTarget,
  repository: TrustRepository,
  context: TrustContext,
): Promise<boolean> {
  try {
    return await repository.verifySize(target, () => findSize(trusted));
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(await explainTrustError(trusted, cause, context), { cause });
  }
}

async function listSignedTags(
  reference: ImageReference,
  repository: TrustRepository,
  context: TrustContext,
): Promise<readonly SignedTag[]> {
  try {
    if (reference.digest) {
      const [found] = await repository.select((collection) => [findSignedTarget(collection, reference)]);
      return found && isTag(found.name) ? [signedTag(found, found.name)] : [];
    }
    if (reference.tag === undefined)
      return await listAllTags(reference, await repository.listTargets(DOCKER_ROLES), context);
    const found = await repository.getTarget(reference.tag, DOCKER_ROLES);
    if (!DOCKER_ROLES.includes(found.role)) throw new ContentTrustError(`No trust data for ${reference.tag}`);
    return [signedTag(found, reference.tag)];
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(await explainTrustError(reference, cause, context), { cause });
  }
}

async function listAllTags(
  reference: ImageReference,
  targets: readonly FoundTarget[],
  { io }: TrustContext,
): Promise<readonly SignedTag[]> {
  const signed = targets.flatMap((target): SignedTag[] => {
    const { name, role, file } = target;
    const isImage = isTag(name) && file.hashes.has('sha256');
    if (!isImage) printLine(io.stderr, `Skipping target for ${JSON.stringify(familiarName(reference))}`);
    return isImage && DOCKER_ROLES.includes(role) ? [signedTag(target, name)] : [];
  });
  if (signed.length === 0) throw new ContentTrustError(`No trusted tags for ${fullName(reference)}`);
  return signed.sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

function signedTag(target: FoundTarget, tag: Tag): SignedTag {
  return { tag, digest: digestOfTarget(target), target };
}
