import { KeyOnTokenError } from '../../../trust/index.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { askConfirmation } from '../confirm.ts';
import { type NotaryContext, openNotary } from '../context.ts';

/** Digits of a keyid. */
export const KEYID_LENGTH = 64;

/** `notary key remove`. */
export const keyRemove = defineNotaryCommand({
  usage: 'remove [ keyID ]',
  long: 'Removes a private key, after a question.',
  flags: {},
  async run(_, [keyid], call) {
    if (keyid === undefined) throw new NotaryUsageError('must specify the key ID of the key to remove');
    const context = await openNotary(call);
    if (keyid.length !== KEYID_LENGTH) throw new NotaryCommandError(`invalid key ID provided: ${keyid}`);
    const { stdout } = context.io;
    stdout.write('\n');
    try {
      await removeAsked(keyid, context);
    } finally {
      stdout.write('\n');
    }
  },
});

async function removeAsked(keyid: string, { io, keys, directory }: NotaryContext): Promise<void> {
  const found = await keys.find(keyid);
  if (!found) throw new NotaryCommandError(`No key with ID ${keyid} found`);
  if (found.token !== undefined) throw new KeyOnTokenError(keyid);
  const described = `${keyid} (role ${found.role}) from ${directory.privateFolder}`;
  io.stdout.write(`Are you sure you want to remove ${described}?  (yes/no)  `);
  if (!(await askConfirmation(io))) return io.stdout.write('\nAborting action.\n');
  await keys.remove(keyid);
  io.stdout.write(`\nDeleted ${described}.\n`);
}
