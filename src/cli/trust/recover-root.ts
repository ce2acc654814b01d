import { parseImageReference } from '../../core/index.ts';
import {
  CollectionNotResetError,
  lastVerified,
  type RootRecovery,
  recoverRoot,
  type TrustRepository,
} from '../../trust/index.ts';
import { TARGETS } from '../../tuf/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { chosenKey } from './chosen-key.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { openRepository, openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust recover root`. */
export const recoverRootCommand = defineCommand({
  usage: '[OPTIONS] REPOSITORY',
  summary:
    'Begin a repository again whose root key was lost, with its tags and signers. The server must forget it first, and every client after: called once it tells how, called again it does it',
  arguments: exactly(1),
  flags: {
    key: { kind: 'string', value: 'KEY', help: 'Id of a root key that is here; one is made when there is none given' },
    yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' },
    ...PASSPHRASE_FLAGS,
  },
  parse: ({ key, yes = false, ...flags }, [repository = '']) => ({
    repository,
    key,
    isConfirmed: yes,
    passphrases: passphraseChoice(flags),
  }),
  async run({ repository, key, isConfirmed, passphrases }, io) {
    await recoverLostRoot(repository, { key, isConfirmed }, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {ExitError} the server has to forget the collection first, which is said how */
export async function recoverLostRoot(
  name: string,
  { key, isConfirmed = false }: { readonly key?: string | undefined; readonly isConfirmed?: boolean },
  context: TrustContext,
): Promise<void> {
  const { io } = context;
  const repository = await openRepository(context, parseImageReference(name));
  await using _ = await repository.lock();
  const chosen = key === undefined ? undefined : await chosenKey(repository.keys, key);
  if (chosen && chosen.role !== 'root') throw new ContentTrustError(`${chosen.keyid} is no root key`);
  const question = `Whoever trusts ${name} now will refuse it until they are told otherwise. Begin it again under a new root key?`;
  if (!isConfirmed && !(await confirm(io, question))) throw new ContentTrustError('nothing was begun anew');
  try {
    printRecovery(name, repository, await recoverRoot(await repository.publishContext(), chosen?.keyid), context);
  } catch (thrown) {
    if (!(thrown instanceof CollectionNotResetError)) throw thrown;
    await printCeremony(name, repository, thrown, context);
    throw new ExitError(1);
  }
}

async function printCeremony(
  name: string,
  repository: TrustRepository,
  { host }: CollectionNotResetError,
  { io }: TrustContext,
): Promise<void> {
  const { targets } = await lastVerified(await repository.publishContext());
  const count = targets.get(TARGETS)?.targets.size ?? 0;
  const lines = [
    `${host} still has ${name}, under the root key that was lost. What was verified is kept here: ${count} targets of its own, ${targets.size - 1} delegations.`,
    '',
    '1. Stop publishing to it, and check what is kept: trust inspect --pretty',
    `2. On ${host}, have it forgotten: trustsandbox notary-server gun delete ${repository.gun}`,
    `3. Here, again: trust recover root ${name}`,
    '4. Tell everybody who uses it, as the second call will say.',
  ];
  printLine(io.stdout, lines.join('\n'));
}

function printRecovery(
  name: string,
  { gun }: TrustRepository,
  { certificateId, rootKeyid, targets, delegations, loweredThreshold }: RootRecovery,
  { io }: TrustContext,
): void {
  const lines = [
    `Successfully began ${name} again under root key ${rootKeyid}`,
    `Targets of its own: ${targets.length}. Delegations, as their signers signed them: ${delegations.join(', ') || 'none'}`,
    ...(loweredThreshold === undefined
      ? []
      : [
          `targets needs ${loweredThreshold} signatures now, for no more of its keys are here: see trust policy threshold`,
        ]),
    '',
    'Everybody who trusted the old root refuses this one, as they should. Over a channel that you trust, tell them:',
    `- to forget the old one: rm -r ~/.docker/trust/tuf/${gun}/metadata (with notary: notary delete ${gun})`,
    `- where roots are pinned, to pin certificate ${certificateId}`,
    '- where there is a lockfile, to look at the change and lock again: trust lock',
    'Make a backup, and keep it off this machine: trust backup FILE',
  ];
  printLine(io.stdout, lines.join('\n'));
}
