import { KeyOnTokenError } from '../../trust/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { chosenKey } from './chosen-key.ts';
import { openKeyStore, openTrustContext } from './trust-context.ts';

/** `trust key remove`. */
export const keyRemove = defineCommand({
  usage: '[OPTIONS] KEY [KEY...]',
  summary: 'Remove private keys',
  aliases: ['trust key remove', 'trust key rm'],
  arguments: atLeast(1),
  flags: { yes: { kind: 'boolean', short: 'y', help: 'Do not prompt for confirmation' } },
  parse: ({ yes = false }, keys) => ({ keys, isConfirmed: yes }),
  async run({ keys, isConfirmed }, io) {
    const store = openKeyStore(await openTrustContext(io));
    for (const key of keys) {
      const { keyid, role, gun } = await chosenKey(store, key);
      const what = `${role} key ${keyid}${gun === undefined ? '' : ` of ${gun}`}`;
      const question = `Nobody can sign with a key that is gone. Are you sure you want to remove the ${what}?`;
      if ((await store.findFile(keyid)) === undefined) throw new KeyOnTokenError(keyid);
      if (!isConfirmed && !(await confirm(io, question))) continue;
      await store.remove(keyid);
      printLine(io.stdout, `Removed ${what}`);
    }
    return 0;
  },
});
