import { rootRole, TARGETS } from '../../tuf/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { forEachRepository } from './each-repository.ts';
import { givenKeys, keyFlag } from './given-key.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';

/** `trust rotate repository`. */
export const rotateRepository = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: "Replace a repository's own keys, which sign its targets, by new ones; the root key signs that",
  arguments: atLeast(1),
  flags: {
    key: keyFlag('New key (as many are made as must sign, when there is none given)'),
    ...REQUEST_FLAG,
    ...PASSPHRASE_FLAGS,
  },
  parse({ key: keys = [], request, ...flags }, repositories) {
    verifyOneRepository(request, repositories);
    return { repositories, keys, request, passphrases: passphraseChoice(flags) };
  },
  async run({ repositories, keys, request, passphrases }, io) {
    const context = requestTo(await openTrustContext(io, passphrases), request);
    await rotateRepositoryKeys(repositories, context, keys);
    return 0;
  },
});

/** @throws {ContentTrustError} some could not be */
export async function rotateRepositoryKeys(
  repositories: readonly string[],
  context: TrustContext,
  given: readonly string[] = [],
): Promise<void> {
  await forEachRepository(repositories, 'rotate the key of', context, async (repository, name) => {
    const { root } = await repository.update();
    const keys = await givenKeys(given, TARGETS, repository, context.io);
    await repository.rotateKey(TARGETS, { keys, count: rootRole(root, 'targets').threshold });
    if (context.toRequest) return;
    printLine(context.io.stdout, `Successfully rotated the repository key of ${name}`);
  });
}
