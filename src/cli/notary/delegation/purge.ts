import { TARGETS } from '../../../tuf/index.ts';
import { printLine } from '../../io.ts';
import { defineNotaryCommand, NotaryUsageError } from '../command.ts';
import { openNotary, openStaging } from '../context.ts';
import { PUBLISH_FLAG, splitList } from '../global-flags.ts';
import { publishIfAsked } from '../publish.ts';

/** `notary delegation purge`. */
export const delegationPurge = defineNotaryCommand({
  usage: 'purge [ GUN ]',
  long: 'Stages the removal of keys from every delegation of a collection that we can sign for; a warning tells of others.',
  flags: {
    key: { kind: 'list', value: 'strings', help: 'Ids of the keys to remove' },
    publish: PUBLISH_FLAG,
  },
  async run({ key, publish }, [gun, ...more], call) {
    if (gun === undefined || more.length > 0) {
      throw new NotaryUsageError('Please provide a single Global Unique Name as an argument to remove');
    }
    const keyids = splitList(key) ?? [];
    if (keyids.length === 0) {
      throw new NotaryUsageError('Please provide at least one key ID to be removed using the --key flag');
    }
    const context = await openNotary(call);
    const repository = await openStaging(context, gun);
    await repository.changes.add({ kind: 'purge-keys', parent: TARGETS, keyids });
    printLine(
      context.io.stdout,
      `Removal of the following keys from all delegations in ${gun} staged for next publish:\n\t- ${keyids.join('\n\t- ')}`,
    );
    await publishIfAsked(publish, repository.gun, context);
  },
});
