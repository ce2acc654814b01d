import { parseGun } from '../../tuf/index.ts';
import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openCollection, openNotary } from './context.ts';

/** `notary delete`. */
export const deleteCollection = defineNotaryCommand({
  usage: 'delete [ GUN ]',
  long: 'Removes the local copy of a collection and what is staged for it, and on request what the server has. Private keys stay.',
  flags: { remote: { kind: 'boolean', help: 'Delete it on the server too' } },
  async run({ remote }, [gun], call) {
    if (gun === undefined) throw new NotaryUsageError('Must specify a GUN');
    const context = await openNotary(call);
    const repository = await openCollection(context, parseGun(gun), remote ? 'admin' : undefined);
    printLine(context.io.stdout, `Deleting trust data for repository ${gun}`);
    await using _ = await repository.lock();
    await repository.forget();
    if (remote) await repository.deleteRemote();
    const where = remote ? 'local and remote' : 'local';
    printLine(context.io.stdout, `Successfully deleted ${where} trust data for repository ${gun}`);
  },
});
