import { errorMessage, type ImageReference, parseImageReference } from '../../core/index.ts';
import {
  type Change,
  findTarget,
  getTarget,
  getTargetsRole,
  listSignableRoles,
  listTargets,
  RELEASES,
  type TrustCollection,
  type TrustRepository,
} from '../../trust/index.ts';
import { rootRole, TARGETS } from '../../tuf/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { EXTRA_PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { EXTRA_REQUEST_FLAG, requestTo } from './request-flag.ts';
import { openRepository, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

const ROLES = [RELEASES, TARGETS];

/** `docker trust revoke`. */
export const revoke = defineCommand({
  usage: '[OPTIONS] IMAGE[:TAG]',
  summary: 'Remove trust for an image',
  arguments: exactly(1),
  flags: {
    yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' },
    ...EXTRA_REQUEST_FLAG,
    ...EXTRA_PASSPHRASE_FLAGS,
  },
  parse: ({ yes = false, request, ...flags }, [image = '']) => ({
    image,
    request,
    isConfirmed: yes,
    passphrases: passphraseChoice(flags),
  }),
  async run({ image, isConfirmed, request, passphrases }, io) {
    await revokeImage(image, isConfirmed, requestTo(await openTrustContext(io, passphrases), request));
    return 0;
  },
});

/** Removes the signatures of a tag, or of all tags after a question. @throws {ContentTrustError} */
export async function revokeImage(image: string, isConfirmed: boolean, context: TrustContext): Promise<void> {
  const { io } = context;
  const reference = parseImageReference(image);
  if (reference.digest) throw new ContentTrustError('cannot use a digest reference for IMAGE:TAG');
  if (!reference.tag && !isConfirmed) {
    const isWanted = await confirm(io, `Confirm you would like to delete all signature data for ${image}?`);
    if (!isWanted) return;
  }
  const repository = await openRepository(context, reference);
  await using _ = await repository.lock();
  try {
    await repository.publishChanges(await removals(repository, reference));
  } catch (cause) {
    throwIfInterrupted(context.io, cause);
    throw new ContentTrustError(`could not remove signature for ${image}: ${errorMessage(cause)}`, { cause });
  }
  if (context.toRequest) return;
  printLine(io.stdout, `Successfully deleted signature for ${image}`);
  if (reference.tag) await warnIfSigned(repository, reference.tag, image, context);
}

/** Strictly: docker says no more, though older signatures may come to light that later ones had covered. */
async function warnIfSigned(
  repository: TrustRepository,
  tag: string,
  image: string,
  { io }: TrustContext,
): Promise<void> {
  const collection = await repository.update();
  const left = collection.rules.mode === 'strict' ? findTarget(collection, tag, ROLES) : undefined;
  if (!left) return;
  const keyids = [...getTargetsRole(collection.root, collection.targets, left.role).keys.values()];
  const whose = keyids.map(({ canonicalKeyid }) => canonicalKeyid).join(', ');
  const digest = left.file.hashes.get('sha256')?.toString('hex');
  printLine(
    io.stderr,
    `${image} is still signed, in ${left.role}, for sha256:${digest}: that is removed where one of its keys is (${whose})`,
  );
}

/** From every role that we can sign in; strictly from targets too, where its key is here. */
async function removals(repository: TrustRepository, { tag }: ImageReference): Promise<readonly Change[]> {
  let collection = await repository.update();
  const targets = tag ? [getTarget(collection, tag, ROLES)] : listTargets(collection, ROLES);
  if (targets.length === 0) throw new ContentTrustError('no signed tags to remove');
  const changes: Change[] = [];
  for (const { name } of targets) {
    collection = await repository.again(collection);
    const signable = await listSignableRoles(collection, name, repository.keys);
    const roles = (await isOwnCovered(collection, name, repository)) ? [...new Set([...signable, TARGETS])] : signable;
    changes.push(...roles.map((role): Change => ({ kind: 'remove-target', role, name })));
  }
  return changes;
}

/** Whether the repository's own key, which is here, signed the tag before there were signers: that would count again. */
async function isOwnCovered(
  { rules, root, targets }: TrustCollection,
  name: string,
  { keys }: TrustRepository,
): Promise<boolean> {
  if (rules.mode !== 'strict' || !targets.get(TARGETS)?.targets.has(name)) return false;
  const { threshold, keys: own } = rootRole(root, 'targets');
  const here = await Promise.all([...own.values()].map(({ canonicalKeyid }) => keys.find(canonicalKeyid)));
  return here.filter((key) => key !== undefined).length >= threshold;
}
