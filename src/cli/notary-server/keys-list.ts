import { listServerKeys, type ServerKeyListing } from '../../notary/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { LIST_FORMAT, type ListFormat } from '../list-format.ts';
import { gunArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';
import { printItems, utcTime } from './print-items.ts';

const LIST: ListFormat = {
  type: 'key',
  headings: { ID: 'KEY ID', GUN: 'GUN', Role: 'ROLE', Type: 'TYPE', Created: 'CREATED', HeldBy: 'HELD BY' },
  table: ['ID', 'GUN', 'Role', 'Type', 'Created', 'HeldBy'],
};

/** `notary-server keys list`. */
export const keysList = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'List the keys that the server signs with, by collection and role, in the order of their making. Private parts are\n' +
    'not shown. Times are in UTC.',
  aliases: ['notary-server keys ls'],
  flags: {
    gun: { kind: 'string', value: 'name', help: 'Keys of this collection' },
    format: LIST_FORMAT,
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ gun, format, ...flags }) => ({
    gun: gun === undefined ? undefined : gunArgument(gun),
    format,
    database: databaseOptions(flags),
  }),
  async run({ gun, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const keys: ServerKeyListing[] = [];
    for await (const key of listServerKeys(database, gun)) keys.push(key);
    printItems(
      io.stdout,
      LIST,
      keys.map((key) => ({ row: rowOf(key), json: key })),
      format,
    );
    return 0;
  },
});

function rowOf({ keyid, gun, role, keytype, created, heldBy }: ServerKeyListing) {
  return { ID: keyid, GUN: gun, Role: role, Type: keytype, Created: utcTime(created), HeldBy: heldBy };
}
