import type { FoundTarget } from '../../trust/index.ts';
import { parseGun, type RoleName } from '../../tuf/index.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openCollection, openNotary } from './context.ts';
import { rolesFlag, splitList } from './global-flags.ts';
import { formatTabTable } from './tab-table.ts';

/** `notary list`. */
export const list = defineNotaryCommand({
  usage: 'list [ GUN ]',
  long: 'Lists the targets that a collection has on the server, once all of it is verified.',
  flags: { roles: rolesFlag('Roles whose targets to list, earlier ones before later ones, instead of targets') },
  async run({ roles }, [gun], call) {
    if (gun === undefined) throw new NotaryUsageError('Must specify a GUN');
    const context = await openNotary(call);
    const repository = await openCollection(context, parseGun(gun), 'read');
    const wanted = splitList(roles);
    const found = await repository.listTargets(wanted?.length ? (wanted as readonly RoleName[]) : undefined);
    context.io.stdout.write(formatTargetList(found));
  },
});

function formatTargetList(found: readonly FoundTarget[]): string {
  if (found.length === 0) return '\nNo targets present in this repository.\n\n';
  const rows = [...found]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, file, role }) => [name, file.hashes.get('sha256')?.toString('hex') ?? '', String(file.length), role]);
  return formatTabTable(['NAME', 'DIGEST', 'SIZE (BYTES)', 'ROLE'], rows);
}
