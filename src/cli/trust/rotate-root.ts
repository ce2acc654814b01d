import { ROOT, rootRole } from '../../tuf/index.ts';
import { atLeast, defineCommand, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { forEachRepository } from './each-repository.ts';
import { givenKeys, keyFlag } from './given-key.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

const QUESTION =
  'Whoever has pinned the present certificate must pin the new one. Are you sure you want to rotate the root key?';

interface RootRotation {
  readonly repositories: readonly string[];
  /** Ids of root keys, the beginnings of them, or files of certificates; as many as root's threshold at least. */
  readonly keys: readonly string[];
  readonly legacyVersions?: number;
}

/** `trust rotate root`. */
export const rotateRoot = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: "Replace a repository's root key, signed by the present one",
  arguments: atLeast(1),
  flags: {
    key: keyFlag('New root key (as many are made as must sign, when there is none given)'),
    legacy: { kind: 'string', value: 'N', help: 'Sign with the root keys of so many older versions too' },
    yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' },
    ...REQUEST_FLAG,
    ...PASSPHRASE_FLAGS,
  },
  parse({ key: keys = [], legacy = '0', yes = false, request, ...flags }, repositories) {
    verifyOneRepository(request, repositories);
    if (request !== undefined && legacy !== '0') throw new UsageError('--legacy and --request are mutually exclusive');
    if (!/^\d{1,4}$/.test(legacy)) throw new UsageError(`--legacy: ${JSON.stringify(legacy)} is no number of versions`);
    return {
      repositories,
      keys,
      isConfirmed: yes || request !== undefined,
      request,
      legacyVersions: Number(legacy),
      passphrases: passphraseChoice(flags),
    };
  },
  async run({ isConfirmed, request, passphrases, ...options }, io) {
    if (!isConfirmed && !(await confirm(io, QUESTION))) throw new ContentTrustError('nothing was rotated');
    await rotateRootKeys(options, requestTo(await openTrustContext(io, passphrases), request));
    return 0;
  },
});

/** @throws {ContentTrustError} some could not be */
export async function rotateRootKeys(
  { repositories, keys: given, legacyVersions = 0 }: RootRotation,
  context: TrustContext,
): Promise<void> {
  await forEachRepository(repositories, 'rotate the root key of', context, async (repository, name) => {
    const { root } = await repository.update();
    const keys = await givenKeys(given, ROOT, repository, context.io);
    await repository.rotateKey(ROOT, { legacyVersions, keys, count: rootRole(root, 'root').threshold });
    if (context.toRequest) return;
    printLine(context.io.stdout, `Successfully rotated the root key of ${name}`);
  });
}
