import { KeysLostError, recoverRepository } from '../../trust/index.ts';
import { SNAPSHOT, TARGETS } from '../../tuf/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { forEachRepository } from './each-repository.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

/** `trust recover repository`. */
export const recoverRepositories = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: "Replace a repository's own key that was lost; its root key must be here. Signers and what they signed stay",
  arguments: atLeast(1),
  flags: PASSPHRASE_FLAGS,
  parse: (flags, repositories) => ({ repositories, passphrases: passphraseChoice(flags) }),
  async run({ repositories, passphrases }, io) {
    await recoverRepositoryKeys(repositories, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {ContentTrustError} some could not be */
export async function recoverRepositoryKeys(repositories: readonly string[], context: TrustContext): Promise<void> {
  const print = (line: string): void => printLine(context.io.stdout, line);
  await forEachRepository(repositories, 'recover', context, async (repository, name) => {
    const { recovered, delegations } = await recoverRepository(await repository.publishContext()).catch(
      (cause: unknown) => {
        if (!(cause instanceof KeysLostError)) throw cause;
        throw new ContentTrustError(
          `the root key of ${name} is not here either (${cause.keyids.join(', ')}). Restore it from a backup, or see trust recover root`,
          { cause },
        );
      },
    );
    if (recovered.length === 0) {
      print(`Nothing is lost: the keys of ${name} are here, or the server's`);
      return;
    }
    if (recovered.includes(TARGETS)) print(`Successfully replaced the repository key of ${name}`);
    if (recovered.includes(SNAPSHOT)) print(`The snapshot key of ${name} is the server's from now on`);
    if (delegations.length > 0) print(`Delegations that stay as they are: ${delegations.join(', ')}`);
    print('Clients follow by themselves. Make a backup: trust backup FILE');
  });
}
