import { errorMessage } from '../../../core/index.ts';
import { listDelegationRoles } from '../../../trust/index.ts';
import { type DelegationRole, parseGun } from '../../../tuf/index.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { openCollection, openNotary } from '../context.ts';
import { formatTabTable } from '../tab-table.ts';
import { showPaths } from './paths.ts';

/** `notary delegation list`. */
export const delegationList = defineNotaryCommand({
  usage: 'list [ GUN ]',
  long: 'Lists all delegations of a collection, with the ids of their keys and the paths they may sign.',
  flags: {},
  async run(_, [gun, ...more], call) {
    if (gun === undefined || more.length > 0) {
      throw new NotaryUsageError('Please provide a Global Unique Name as an argument to list');
    }
    const context = await openNotary(call);
    const repository = await openCollection(context, parseGun(gun), 'read');
    const collection = await repository.update().catch((cause: unknown) => {
      const reason = `Error retrieving delegation roles for repository ${gun}: ${errorMessage(cause)}`;
      throw new NotaryCommandError(reason, { cause });
    });
    context.io.stdout.write(`\n${formatRoles(listDelegationRoles(collection))}\n`);
  },
});

function formatRoles(roles: readonly DelegationRole[]): string {
  if (roles.length === 0) return '\nNo delegations present in this repository.\n\n';
  const rows = [...roles].sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(roleRows);
  return formatTabTable(['ROLE', 'PATHS', 'KEY IDS', 'THRESHOLD'], rows);
}

/** One row, and more of them for further paths and keys. */
function roleRows({ name, paths, keys, threshold }: DelegationRole): readonly string[][] {
  const shownPaths = showPaths(paths);
  const keyids = [...keys.values()].map(({ canonicalKeyid }) => canonicalKeyid);
  const count = Math.max(1, shownPaths.length, keyids.length);
  return Array.from({ length: count }, (_, i) => {
    const isFirst = i === 0;
    return [isFirst ? name : '', shownPaths[i] ?? '', keyids[i] ?? '', isFirst ? String(threshold) : ''];
  });
}
