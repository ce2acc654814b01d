import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openNotary, openStaging } from './context.ts';
import { splitList } from './global-flags.ts';
import { parseNumberFlag } from './go-number.ts';

/** `notary reset`. */
export const reset = defineNotaryCommand({
  usage: 'reset [ GUN ]',
  long: 'Forgets changes that are staged for a collection: all of them, or those that are named by their number.',
  flags: {
    all: { kind: 'boolean', help: 'Forget all changes' },
    number: { kind: 'list', short: 'n', value: 'ints', help: 'Numbers of the changes to forget, as status shows them' },
  },
  async run({ all, number }, [gun], call) {
    const places = splitList(number)?.map((text) => parseNumberFlag(text, '-n, --number', 'Atoi')) ?? [];
    if (gun === undefined) throw new NotaryUsageError('Must specify a GUN');
    if (!all && places.length === 0) {
      throw new NotaryUsageError('Must specify changes to reset with -n or the --all flag');
    }
    const context = await openNotary(call);
    const repository = await openStaging(context, gun);
    await using _ = await repository.lock();
    if (all) await repository.changes.clear();
    else await repository.changes.removeAt(new Set(places));
    printLine(context.io.stdout, `Successfully reset specified changes for repository ${gun}`);
  },
});
