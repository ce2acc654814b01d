import type { Renewal } from '../../trust/index.ts';
import { atLeast, defineCommand, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { forEachRepository } from './each-repository.ts';
import { PASSPHRASE_FLAGS, passphraseChoice } from './given-passphrases.ts';
import { REQUEST_FLAG, requestTo, verifyOneRepository } from './request-flag.ts';
import { openTrustContext, type TrustContext } from './trust-context.ts';
import { ContentTrustError } from './trust-error.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** docker warns of what ends within six months. */
const DEFAULT_DAYS = '183';
const MAX_DAYS = 36_500;

/** `trust renew`: what docker and notary cannot do once a role has expired. */
export const renew = defineCommand({
  usage: '[OPTIONS] REPOSITORY [REPOSITORY...]',
  summary: 'Sign again what runs out, or has: root and its certificate, targets, delegations, snapshot',
  arguments: atLeast(1),
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Sign everything again, whenever it runs out' },
    within: {
      kind: 'string',
      value: 'DAYS',
      help: `Sign again what runs out in so many days (default ${DEFAULT_DAYS})`,
    },
    ...REQUEST_FLAG,
    ...PASSPHRASE_FLAGS,
  },
  parse({ all = false, within = DEFAULT_DAYS, request, ...flags }, repositories) {
    verifyOneRepository(request, repositories);
    if (!/^\d{1,5}$/.test(within)) throw new UsageError(`--within: ${JSON.stringify(within)} is no number of days`);
    return { repositories, days: all ? MAX_DAYS : Number(within), request, passphrases: passphraseChoice(flags) };
  },
  async run({ repositories, days, request, passphrases }, io) {
    await renewRepositories(repositories, days, requestTo(await openTrustContext(io, passphrases), request));
    return 0;
  },
});

/** Renews what runs out in so many days. @throws {ContentTrustError} something of some repository is left */
export async function renewRepositories(
  repositories: readonly string[],
  days: number,
  context: TrustContext,
): Promise<void> {
  const { io } = context;
  const before = new Date(io.clock.now().getTime() + days * DAY_MS);
  await forEachRepository(repositories, 'renew', context, async (repository, name) => {
    const { renewed, left } = await repository.renew(before);
    if (renewed.length === 0) printLine(io.stdout, `Nothing renewed of ${name}`);
    else if (!context.toRequest) printLine(io.stdout, `Renewed ${renewed.join(', ')} of ${name}`);
    if (left.length > 0) throw new ContentTrustError(left.map(describeLeft).join('\n'));
  });
}

const describeLeft = ({ role, expires, keyids }: Renewal['left'][number]): string =>
  `cannot renew ${role}, which ends on ${expires.slice(0, 10)}: none of its keys is here (${keyids.join(', ')})`;
