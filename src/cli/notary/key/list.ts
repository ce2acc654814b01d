import type { KeyInfo } from '../../../trust/index.ts';
import { defineNotaryCommand, NotaryUsageError } from '../command.ts';
import { openNotary } from '../context.ts';
import { formatTabTable } from '../tab-table.ts';

const MAX_GUN_WIDTH = 25;
const MAX_LOCATION_WIDTH = 40;

/** `notary key list`. */
export const keyList = defineNotaryCommand({
  usage: 'list',
  long: 'Lists the private keys that are here.',
  flags: {},
  async run(_, args, call) {
    if (args.length > 0) throw new NotaryUsageError('');
    const { keys, directory, io } = await openNotary(call);
    io.stdout.write(`\n${formatKeyList(await keys.list(), directory.privateFolder)}\n`);
  },
});

/** Root keys first, then by GUN, role and id. */
export function formatKeyList(keys: readonly KeyInfo[], location: string): string {
  if (keys.length === 0) return 'No signing keys found.\n';
  const rows = [...keys]
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .map(({ role, gun = '', keyid, token }) => {
      const place = token === undefined ? location : `token ${token}`;
      return [role, endOf(gun, MAX_GUN_WIDTH), keyid, endOf(place, MAX_LOCATION_WIDTH)];
    });
  return formatTabTable(['ROLE', 'GUN', 'KEY ID', 'LOCATION'], rows);
}

const sortKey = ({ role, gun = '', keyid }: KeyInfo): string =>
  [role === 'root' ? '0' : '1', gun, role, keyid].join('\0');

const endOf = (text: string, width: number): string =>
  text.length <= width ? text : `...${text.slice(text.length - (width - 3))}`;
