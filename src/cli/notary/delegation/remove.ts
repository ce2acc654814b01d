import type { ChangeList, DelegationEdit } from '../../../trust/index.ts';
import { isDelegation, type RoleName } from '../../../tuf/index.ts';
import { printLine } from '../../io.ts';
import { defineNotaryCommand, NotaryAbortedError, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { askConfirmation } from '../confirm.ts';
import { type NotaryContext, openNotary, openStaging } from '../context.ts';
import { PUBLISH_FLAG, splitList } from '../global-flags.ts';
import { publishIfAsked } from '../publish.ts';
import { showPaths } from './paths.ts';

/** What is to go: canonical keyids and paths; all of it when neither is named. */
interface Removal {
  readonly keyids: readonly string[];
  readonly paths: readonly string[] | undefined;
  readonly allPaths: boolean;
}

/** `notary delegation remove`. */
export const delegationRemove = defineNotaryCommand({
  usage: 'remove [ GUN ] [ Role ] <KeyID 1> ...',
  long: 'Stages the removal of keys and paths from a delegation; of the whole delegation, after a question, when none are named.',
  flags: {
    'all-paths': { kind: 'boolean', help: 'Remove all paths' },
    paths: { kind: 'list', value: 'strings', help: 'Paths to remove' },
    publish: PUBLISH_FLAG,
    yes: { kind: 'boolean', short: 'y', help: 'Do not ask' },
  },
  async run({ 'all-paths': allPaths = false, paths: given, publish, yes = false }, [gun, role, ...keyids], call) {
    if (gun === undefined || role === undefined) {
      throw new NotaryUsageError(
        'must specify the Global Unique Name and the role of the delegation along with optional keyIDs and/or a list of paths to remove',
      );
    }
    const context = await openNotary(call);
    if (!isDelegation(role)) throw new NotaryCommandError(`invalid delegation name ${role}`);
    const removal = { keyids, allPaths, paths: allPaths ? undefined : splitList(given) };
    const { changes, gun: parsedGun } = await openStaging(context, gun);
    const isAll = keyids.length === 0 && given === undefined && !allPaths;
    if (isAll) {
      await confirmRemoval(yes, context);
      await changes.add({ kind: 'remove-delegation', role });
    } else await stage(changes, role, removal);
    context.io.stdout.write(`\n${isAll ? describeAll(role, gun) : describe(role, removal, gun)}\n\n`);
    await publishIfAsked(publish, parsedGun, context);
  },
});

/** @throws {NotaryAbortedError} */
async function confirmRemoval(isConfirmed: boolean, { io }: NotaryContext): Promise<void> {
  printLine(io.stdout, '\nAre you sure you want to remove all data for this delegation? (yes/no)');
  if (isConfirmed) return printLine(io.stdout, 'Confirmed `yes` from flag');
  if (!(await askConfirmation(io))) throw new NotaryAbortedError();
}

async function stage(changes: ChangeList, role: RoleName, { keyids, paths, allPaths }: Removal): Promise<void> {
  const edits: (DelegationEdit | false | undefined)[] = [
    allPaths && { clearPaths: true },
    paths?.length ? { removePaths: paths } : undefined,
    keyids.length > 0 && { removeKeys: keyids },
  ];
  for (const edit of edits) if (edit) await changes.add({ kind: 'edit-delegation', role, edit });
}

const describeAll = (role: string, gun: string): string =>
  `Forced removal (including all keys and paths) of delegation role ${role} to repository "${gun}" staged for next publish.`;

function describe(role: string, { keyids, paths, allPaths }: Removal, gun: string): string {
  const withKeys = keyids.length > 0 ? `with keys [${keyids.join(' ')}], ` : '';
  const withAll = allPaths ? 'with all paths, ' : '';
  const withPaths = paths ? `with paths [${showPaths(paths).join('\n')}], ` : '';
  return `Removal of delegation role ${role} ${withKeys}${withAll}${withPaths}to repository "${gun}" staged for next publish.`;
}
