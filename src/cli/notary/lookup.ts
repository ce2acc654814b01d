import { parseGun } from '../../tuf/index.ts';
import { printLine } from '../io.ts';
import { defineNotaryCommand, NotaryUsageError } from './command.ts';
import { openCollection, openNotary } from './context.ts';

/** `notary lookup`. */
export const lookup = defineNotaryCommand({
  usage: 'lookup [ GUN ] <target>',
  long: 'Prints the SHA-256 and the size of a target of a collection, once all of it is verified.',
  flags: {},
  async run(_, [gun, name], call) {
    if (gun === undefined || name === undefined) throw new NotaryUsageError('Must specify a GUN and target');
    const context = await openNotary(call);
    const { file } = await (await openCollection(context, parseGun(gun), 'read')).getTarget(name);
    const sha256 = file.hashes.get('sha256')?.toString('hex') ?? '';
    printLine(context.io.stdout, `${name} sha256:${sha256} ${file.length}`);
  },
});
