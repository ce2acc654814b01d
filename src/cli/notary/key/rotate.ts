import { parseRotationRole } from '../../../trust/index.ts';
import { parseGun } from '../../../tuf/index.ts';
import { printLine } from '../../io.ts';
import { defineNotaryCommand, NotaryUsageError } from '../command.ts';
import { askConfirmation } from '../confirm.ts';
import { openCollection, openNotary } from '../context.ts';
import { splitList } from '../global-flags.ts';
import { parseNumberFlag } from '../go-number.ts';
import { takeKey } from '../private-key-input.ts';

/** `notary key rotate`. */
export const keyRotate = defineNotaryCommand({
  usage: 'rotate [ GUN ] [ key role ]',
  long: 'Replaces all keys of a role of a collection (root, targets, snapshot or timestamp) and publishes that at once. What is staged stays staged.',
  flags: {
    key: {
      kind: 'list',
      short: 'k',
      value: 'strings',
      help: 'New keys (PEM files, or ids of keys on a token); one is made when there are none',
    },
    legacy: { kind: 'string', short: 'l', value: 'int', help: 'Sign with the root keys of so many older versions too' },
    'server-managed': {
      kind: 'boolean',
      short: 'r',
      help: 'Have the server make the key and keep it; it must for timestamp, it may for snapshot',
    },
  },
  async run({ key, legacy, 'server-managed': isServerManaged = false }, [text, role], call) {
    const legacyVersions = legacy === undefined ? 0 : parseNumberFlag(legacy, '-l, --legacy', 'ParseInt');
    if (text === undefined || role === undefined) {
      throw new NotaryUsageError('Must specify a GUN and a key role to rotate');
    }
    const context = await openNotary(call);
    const gun = parseGun(text);
    const repository = await openCollection(context, gun, 'admin');
    const keyids: string[] = [];
    for (const path of splitList(key) ?? []) keyids.push(await takeKey(path, { role, gun }, context));
    if (role === 'root' && !(await askRootRotation(call.io))) return;
    parseRotationRole(role, isServerManaged);
    await using _ = await repository.lock();
    await repository.rotateKey(role, { isServerManaged, keyids, legacyVersions });
    printLine(call.io.stdout, `Successfully rotated ${role} key for repository ${gun}`);
  },
});

async function askRootRotation(io: Parameters<typeof askConfirmation>[0]): Promise<boolean> {
  io.stdout.write(
    'Warning: you are about to rotate your root key.\n\n' +
      'You must use your old key to sign this root rotation.\nAre you sure you want to proceed?  (yes/no)  ',
  );
  const isSure = await askConfirmation(io);
  if (!isSure) printLine(io.stdout, '\nAborting action.');
  return isSure;
}
