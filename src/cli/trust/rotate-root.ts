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
  /** Ids of root keys, or the beginnings of them; as many as root's threshold at least. */
  readonly keys: readonly string[];
  readonly legacyVersions?: number;
}

/** `trust rotate root`. */
export const rotateRoot = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: "Replace a repository's root key, signed by the present one",
  arguments: atLeast(1),
  flags: {
    key: { kind: 'list', value: 'KEY', help: 'Ids of root keys that are here; one is made when there is none given' },
    legacy: { kind: 'string', value: 'N', help: 'Sign with the root keys of so many older versions too' },
    yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' },
    ...PASSPHRASE_FLAGS,
  },
  parse({ key: keys = [], legacy = '0', yes = false, ...flags }, repositories) {
    if (!/^\d{1,4}$/.test(legacy)) throw new UsageError(`--legacy: ${JSON.stringify(legacy)} is no number of versions`);
    return {
      repositories,
      keys,
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
  { repositories, keys, legacyVersions = 0 }: RootRotation,
  context: TrustContext,
): Promise<void> {
  await forEachRepository(repositories, 'rotate the root key of', context, async (repository, name) => {
    const keyids: string[] = [];
    for (const key of keys) {
      const { keyid, role } = await chosenKey(repository.keys, key);
      if (role !== 'root') throw new ContentTrustError(`${keyid} is no root key`);
      keyids.push(keyid);
    }
    await repository.rotateKey('root', { legacyVersions, keyids });
    printLine(context.io.stdout, `Successfully rotated the root key of ${name}`);
  });
}
