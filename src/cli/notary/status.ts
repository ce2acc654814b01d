import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openNotary, openStaging } from './context.ts';
import { formatTabTable } from './tab-table.ts';

/** `notary status`. */
export const status = defineNotaryCommand({
  usage: 'status [ GUN ]',
  long: 'Shows what is staged for the next publish of a collection.',
  flags: {},
  async run(_, [gun], call) {
    if (gun === undefined) throw new NotaryUsageError('Must specify a GUN');
    const context = await openNotary(call);
    const { stdout } = context.io;
    const staged = await (await openStaging(context, gun)).changes.show();
    if (staged.length === 0) return printLine(stdout, `No unpublished changes for ${gun}`);
    printLine(stdout, `Unpublished changes for ${gun}:\n`);
    const rows = staged.map(({ action, role, type, path }, place) => [String(place), action, role, type, path]);
    stdout.write(formatTabTable(['#', 'ACTION', 'SCOPE', 'TYPE', 'PATH'], rows));
  },
});
