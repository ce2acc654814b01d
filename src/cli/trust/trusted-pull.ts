import {
  type Digest,
  familiarName,
  formatReference,
  fullName,
  type ImageReference,
  isTag,
  type Tag,
} from '../../core/index.ts';
import type { FoundTarget } from '../../trust/index.ts';
import { printLine } from '../io.ts';
import { explainTrustError } from './explain-error.ts';
import { DOCKER_ROLES, digestOfTarget, findSignedTarget } from './signed-image.ts';
import { openRepository, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** What a trusted pull leaves to the pull command. */
export interface TrustedPull {
  /** With a tag; without one every signed tag is pulled. */
  readonly reference: ImageReference;
  /** Pulls an image by digest and shows how it goes. */
  pull(reference: ImageReference): Promise<void>;
  /** Tags an image of the Engine. */
  tag(source: string, target: ImageReference): Promise<void>;
}

interface SignedTag {
  readonly tag: Tag;
  readonly digest: Digest;
}

/**
 * Pulls the image that a tag was signed for, by digest, and tags it here; what the registry says of the tag does not
 * count. Prints what docker prints but for its last line.
 * @throws {ContentTrustError} no trust data, or none to be trusted; nothing was pulled then
 */
export async function trustedPull({ reference, pull, tag }: TrustedPull, context: TrustContext): Promise<void> {
  const { stdout, stderr } = context.io;
  const signed = await listSignedTags(reference, context);
  const image = { domain: reference.domain, repository: reference.repository };
  for (const [index, { tag: name, digest }] of signed.entries()) {
    const trusted: ImageReference = { ...image, digest };
    const tagged: ImageReference = { ...image, tag: name };
    printLine(stdout, `Pull (${index + 1} of ${signed.length}): ${formatReference(tagged)}@${digest}`);
    await pull(trusted);
    printLine(stderr, `Tagging ${formatReference(trusted)} as ${formatReference(tagged)}`);
    await tag(formatReference(trusted), tagged);
  }
}

async function listSignedTags(reference: ImageReference, context: TrustContext): Promise<readonly SignedTag[]> {
  const repository = await openRepository(context, reference).catch((cause: Error) => {
    throw new ContentTrustError(`error establishing connection to trust repository: ${cause.message}`, { cause });
  });
  try {
    if (reference.digest) {
      const [found] = await repository.select((collection) => [findSignedTarget(collection, reference)]);
      return found && isTag(found.name) ? [{ tag: found.name, digest: digestOfTarget(found) }] : [];
    }
    if (reference.tag === undefined)
      return await listAllTags(reference, await repository.listTargets(DOCKER_ROLES), context);
    const found = await repository.getTarget(reference.tag, DOCKER_ROLES);
    if (!DOCKER_ROLES.includes(found.role)) throw new ContentTrustError(`No trust data for ${reference.tag}`);
    return [{ tag: reference.tag, digest: digestOfTarget(found) }];
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
    return isImage && DOCKER_ROLES.includes(role) ? [{ tag: name, digest: digestOfTarget(target) }] : [];
  });
  if (signed.length === 0) throw new ContentTrustError(`No trusted tags for ${fullName(reference)}`);
  return signed.sort((a, b) => (a.tag < b.tag ? -1 : 1));
}
