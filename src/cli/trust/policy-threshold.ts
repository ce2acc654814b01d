import { InsufficientSignaturesError, thresholdChanges } from '../../trust/index.ts';
import { isBaseRole, isDelegation, isRoleName, type RoleName, TARGETS } from '../../tuf/index.ts';
import { atLeast, defineCommand, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { forEachRepository } from './each-repository.ts';
import { givenKeys, keyFlag } from './given-key.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { signerRole } from './signatures.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

export interface ThresholdChoice {
  /** `root`, `repository`, the name of a signer, or a role. */
  readonly role: RoleName;
  readonly threshold: number;
  /** Keys that the role is to have besides those it has: ids of private keys that are here, or files of public ones. */
  readonly keys: readonly string[];
}

/** `trust policy threshold`: docker and notary write 1, always, and verify what is written. */
export const policyThreshold = defineCommand({
  usage: '[OPTIONS] ROLE NUMBER REPOSITORY [REPOSITORY...]',
  summary:
    'Set how many different keys must sign a role: root, repository, or a signer (releases is what docker pulls by)',
  arguments: atLeast(3),
  flags: {
    key: keyFlag('Key the role is to have besides those it has'),
    ...REQUEST_FLAG,
    ...PASSPHRASE_FLAGS,
  },
  parse({ key = [], request, ...flags }, [role = '', number = '', ...repositories]) {
    if (!/^[1-9]\d{0,2}$/.test(number)) throw new UsageError(`${JSON.stringify(number)} is no number of keys`);
    verifyOneRepository(request, repositories);
    const choice: ThresholdChoice = { role: parsePolicyRole(role), threshold: Number(number), keys: key };
    return { choice, repositories, request, passphrases: passphraseChoice(flags) };
  },
  async run({ choice, repositories, request, passphrases }, io) {
    await setThreshold(choice, repositories, requestTo(await openTrustContext(io, passphrases), request));
    return 0;
  },
});

/** @throws {UsageError} nothing that can be a role */
export function parsePolicyRole(text: string): RoleName {
  if (text === 'repository') return TARGETS;
  if (isBaseRole(text) || isDelegation(text)) return text as RoleName;
  const role = signerRole(text);
  if (!isRoleName(role))
    throw new UsageError(`${JSON.stringify(text)} is no role: root, repository, or a signer's name`);
  return role;
}

/** @throws {ContentTrustError} some could not be */
export async function setThreshold(
  { role, threshold, keys }: ThresholdChoice,
  repositories: readonly string[],
  context: TrustContext,
): Promise<void> {
  await forEachRepository(repositories, `set the threshold of ${role} in`, context, async (repository, name) => {
    const collection = await repository.update();
    const added = await givenKeys(keys, role, repository, context.io);
    try {
      await repository.publishChanges(thresholdChanges(collection, role, threshold, added));
    } catch (cause) {
      if (!(cause instanceof InsufficientSignaturesError)) throw cause;
      throw new ContentTrustError(
        `cannot sign for ${threshold} keys of ${role}: only ${cause.found} of them ${cause.found === 1 ? 'is' : 'are'} here. Bring one of ${cause.missing.join(', ')}, or collect signatures with --request`,
        { cause },
      );
    }
    if (context.toRequest) return;
    printLine(context.io.stdout, `${role} of ${name} now needs the signatures of ${threshold} different keys`);
  });
}
