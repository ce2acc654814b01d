import { parseImageReference } from '../../core/index.ts';
import { listPolicyRoles } from '../../trust/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { formatTable } from '../table.ts';
import { openRepository, openTrustContext } from './trust-context.ts';

/** `trust policy show`. */
export const policyShow = defineCommand({
  usage: 'REPOSITORY',
  summary: 'Show how many of whose keys must sign each role, and which of them are here',
  arguments: exactly(1),
  flags: {},
  parse: (_, [repository = '']) => ({ repository }),
  async run({ repository: name }, io) {
    const repository = await openRepository(await openTrustContext(io), parseImageReference(name));
    const rows: string[][] = [['ROLE', 'NEEDS', 'KEY ID', 'HERE']];
    for (const { name: role, threshold, keys } of listPolicyRoles(await repository.update())) {
      for (const [i, { canonicalKeyid }] of [...keys.values()].entries()) {
        const isHere = (await repository.keys.find(canonicalKeyid)) !== undefined;
        rows.push([i === 0 ? role : '', i === 0 ? String(threshold) : '', canonicalKeyid, isHere ? 'yes' : 'no']);
      }
      if (keys.size === 0) rows.push([role, String(threshold), '', '']);
    }
    io.stdout.write(formatTable(rows));
    return 0;
  },
});
