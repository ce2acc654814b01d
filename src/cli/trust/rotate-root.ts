import { atLeast, defineCommand, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { chosenKey } from './chosen-key.ts';
import { forEachRepository } from './each-repository.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

const QUESTION =
  'Whoever has pinned the present certificate must pin the new one. Are you sure you want to rotate the root key?';

interface RootRotation {
  readonly repositories: readonly string[];
  /** Id of a root key, or the beginning of one. */
  readonly key: string | undefined;
  readonly legacyVersions?: number;
}

/** `trust rotate root`. */
export const rotateRoot = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: "Replace a repository's root key, signed by the present one",
  arguments: atLeast(1),
  flags: {
    key: { kind: 'string', value: 'KEY', help: 'Id of a root key that is here; one is made when there is none given' },
    legacy: { kind: 'string', value: 'N', help: 'Sign with the root keys of so many older versions too' },
    yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' },
    ...PASSPHRASE_FLAGS,
  },
  parse({ key, legacy = '0', yes = false, ...flags }, repositories) {
    if (!/^\d{1,4}$/.test(legacy)) throw new UsageError(`--legacy: ${JSON.stringify(legacy)} is no number of versions`);
    return {
      repositories,
      key,
      isConfirmed: yes,
      legacyVersions: Number(legacy),
      passphrases: passphraseChoice(flags),
    };
  },
  async run({ isConfirmed, passphrases, ...options }, io) {
    if (!isConfirmed && !(await confirm(io, QUESTION))) return 0;
    await rotateRootKeys(options, await openTrustContext(io, passphrases));
    return 0;
  },
});

/** @throws {ContentTrustError} some could not be */
export async function rotateRootKeys(
  { repositories, key, legacyVersions = 0 }: RootRotation,
  context: TrustContext,
): Promise<void> {
  await forEachRepository(repositories, 'rotate the root key of', context, async (repository, name) => {
    const chosen = key === undefined ? undefined : await chosenKey(repository.keys, key);
    if (chosen && chosen.role !== 'root') throw new ContentTrustError(`${chosen.keyid} is no root key`);
    await repository.rotateKey('root', { legacyVersions, ...(chosen && { keyids: [chosen.keyid] }) });
    printLine(context.io.stdout, `Successfully rotated the root key of ${name}`);
  });
}
