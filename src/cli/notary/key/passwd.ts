import { recodeKey } from '../../../trust/index.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { openKeys, openNotary } from '../context.ts';
import { KEYID_LENGTH } from './remove.ts';

/** `notary key passwd`. */
export const keyPasswd = defineNotaryCommand({
  usage: 'passwd [ keyID ]',
  long: 'Encrypts a private key under another passphrase. The one it has now is asked for first.',
  flags: {},
  async run(_, [keyid], call) {
    if (keyid === undefined) {
      throw new NotaryUsageError('must specify the key ID of the key to change the passphrase of');
    }
    const context = await openNotary(call);
    if (keyid.length !== KEYID_LENGTH) throw new NotaryCommandError(`invalid key ID provided: ${keyid}`);
    await context.keys.open(keyid).catch((cause: unknown) => {
      throw new NotaryCommandError(`could not retrieve local key for key ID provided: ${keyid}`, { cause });
    });
    await recodeKey(keyid, context.keys, openKeys(context));
    context.io.stdout.write(`\nSuccessfully updated passphrase for key ID: ${keyid}\n`);
  },
});
