import { errorMessage, parseImageReference } from '../../core/index.ts';
import { listDelegationRoles, RELEASES, type TrustCollection } from '../../trust/index.ts';
import type { DelegationRole } from '../../tuf/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { EXTRA_PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { EXTRA_REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { ownKeyids, signerRole } from './signatures.ts';
import { signerRemoval } from './signer-changes.ts';
import { openRepository, openTrustContext, type TrustContext, throwIfInterrupted } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `docker trust signer remove`. */
export const signerRemove = defineCommand({
  usage: '[OPTIONS] NAME REPOSITORY [REPOSITORY...]',
  summary: 'Remove a signer',
  arguments: atLeast(2),
  flags: {
    force: {
      kind: 'boolean',
      short: 'f',
      help: 'Do not prompt for confirmation before removing the most recent signer',
    },
    ...EXTRA_REQUEST_FLAG,
    ...EXTRA_PASSPHRASE_FLAGS,
  },
  parse({ force = false, request, ...flags }, [name = '', ...repositories]) {
    verifyOneRepository(request, repositories);
    return { name, repositories, isForced: force, request, passphrases: passphraseChoice(flags) };
  },
  async run({ name, repositories, isForced, request, passphrases }, io) {
    await removeSigner(name, repositories, isForced, requestTo(await openTrustContext(io, passphrases), request));
    return 0;
  },
});

/** @throws {ContentTrustError} after all repositories were tried, naming those that failed */
export async function removeSigner(
  name: string,
  repositories: readonly string[],
  isForced: boolean,
  context: TrustContext,
): Promise<void> {
  const { stdout, stderr } = context.io;
  const failed: string[] = [];
  for (const repository of repositories) {
    printLine(stdout, `Removing signer "${name}" from ${repository}...`);
    try {
      const isRemoved = await removeFrom(name, repository, isForced, context);
      if (isRemoved && !context.toRequest) printLine(stdout, `Successfully removed ${name} from ${repository}\n`);
    } catch (thrown) {
      throwIfInterrupted(context.io, thrown);
      printLine(stderr, `${errorMessage(thrown)}\n`);
      failed.push(repository);
    }
  }
  if (failed.length > 0) throw new ContentTrustError(`error removing signer from: ${failed.join(', ')}`);
}

/**
 * Whether the signer was removed: not when a person decided against it. docker 28 also leaves a signer who is not the
 * last one, and any with `--force`, where they are and says nothing; here they go.
 */
async function removeFrom(name: string, image: string, isForced: boolean, context: TrustContext): Promise<boolean> {
  if (signerRole(name) === RELEASES)
    throw new ContentTrustError('releases is a reserved keyword and cannot be removed');
  const repository = await openRepository(context, parseImageReference(image));
  await using _ = await repository.lock();
  const collection = await repository.update().catch((cause: unknown) => {
    throw new ContentTrustError(`error retrieving signers for ${image}: ${errorMessage(cause)}`, { cause });
  });
  const role = listDelegationRoles(collection).find(({ name: found }) => found === signerRole(name));
  if (!role) throw new ContentTrustError(`no signer ${name} for repository ${image}`);
  const isLast = isLastSigner(role, collection);
  const question =
    `The signer "${name}" signed the last released version of ${image}. Removing this signer will make ${image} ` +
    'unpullable. Are you sure you want to continue?';
  if (isLast && !isForced && !(await confirm(context.io, question))) return false;
  await repository.publishChanges(signerRemoval(role.name, ownKeyids(name, collection)));
  return true;
}

/** @throws {ContentTrustError} nothing is released, so nobody is the last */
function isLastSigner(role: DelegationRole, { root, targets, ...rest }: TrustCollection): boolean {
  const signatures = targets.get(RELEASES)?.envelope.signatures ?? [];
  if (signatures.length === 0) {
    throw new ContentTrustError('all signed tags are currently revoked, use docker trust sign to fix');
  }
  const releases = listDelegationRoles({ root, targets, ...rest }).find(({ name }) => name === RELEASES);
  const left = signatures.filter(({ keyid }) => releases?.keys.has(keyid) && !role.keys.has(keyid));
  return left.length < (releases?.threshold ?? 1);
}
