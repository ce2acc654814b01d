import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exportKeys, type KeyInfo } from '../../../trust/index.ts';
import { defineNotaryCommand, NotaryCommandError, NotaryUsageError } from '../command.ts';
import { openNotary } from '../context.ts';
import { splitList } from '../global-flags.ts';

const FILE_MODE = 0o600;

/** `notary key export`. */
export const keyExport = defineNotaryCommand({
  usage: 'export',
  long: 'Writes private keys as PEM, encrypted as they are: all of them, or those that --key or --gun name.',
  flags: {
    gun: { kind: 'list', value: 'strings', help: 'Collections whose keys to write' },
    key: { kind: 'list', value: 'strings', help: 'Ids of the keys to write' },
    output: { kind: 'string', short: 'o', help: 'File to write, instead of stdout' },
  },
  async run({ gun, key, output }, args, call) {
    if (args.length > 0) throw new NotaryUsageError('export does not take any positional arguments');
    const [guns, keyids] = [splitList(gun) ?? [], splitList(key) ?? []];
    const { keys, io } = await openNotary(call);
    if (guns.length > 0 && keyids.length > 0) {
      throw new NotaryCommandError('Only the --gun or --key flag may be provided, not a mix of the two flags');
    }
    const isWanted = (info: KeyInfo): boolean => {
      if (guns.length > 0) return info.gun !== undefined && guns.includes(info.gun);
      return keyids.length === 0 ? info.token === undefined : keyids.includes(info.keyid);
    };
    const wanted = (await keys.list()).filter(isWanted).map(({ keyid }) => keyid);
    const text = await exportKeys(keys, wanted);
    if (output) await writeFile(resolve(io.cwd, output), text, { mode: FILE_MODE });
    else io.stdout.write(text);
  },
});
