import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { forEachRepository } from './each-repository.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';

/** `trust rotate repository`. */
export const rotateRepository = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: "Replace a repository's own key, which signs its targets, by a new one; the root key signs that",
  arguments: atLeast(1),
  flags: PASSPHRASE_FLAGS,
  parse: (flags, repositories) => ({ repositories, passphrases: passphraseChoice(flags) }),
  async run({ repositories, passphrases }, io) {
    await rotateRepositoryKeys(repositories, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {ContentTrustError} some could not be */
export async function rotateRepositoryKeys(repositories: readonly string[], context: TrustContext): Promise<void> {
  await forEachRepository(repositories, 'rotate the key of', context, async (repository, name) => {
    await repository.rotateKey('targets');
    printLine(context.io.stdout, `Successfully rotated the repository key of ${name}`);
  });
}
