import type { KeyListing } from '../../notary/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { LIST_FORMAT, type ListFormat } from '../list-format.ts';
import { type Item, printItems, utcTime } from '../notary-server/print-items.ts';
import { openMeantSigner, signerFlags } from './signer-database.ts';

const LIST: ListFormat = {
  type: 'key',
  headings: {
    ID: 'KEY ID',
    GUN: 'GUN',
    Role: 'ROLE',
    Algorithm: 'ALGORITHM',
    Alias: 'ALIAS',
    Created: 'CREATED',
    LastUsed: 'LAST USED',
  },
  table: ['ID', 'GUN', 'Role', 'Algorithm', 'Alias', 'Created', 'LastUsed'],
};

/** `signer keys list`: whose keys there are, and under which alias. */
export const keysList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List the keys of a signer, by collection and role. Private parts are not shown. Times are in UTC.',
  flags: {
    ...signerFlags,
    gun: { kind: 'string', value: 'name', help: 'Keys of this collection alone' },
    alias: { kind: 'string', value: 'name', help: 'Keys that are encrypted under this alias alone' },
    format: LIST_FORMAT,
  },
  arguments: noArguments,
  parse: (flags) => flags,
  async run({ config, gun, alias, format }, io) {
    await using signer = await openMeantSigner(config, io);
    const items: Item[] = [];
    for await (const key of signer.rows.list()) {
      if ((gun !== undefined && key.gun !== gun) || (alias !== undefined && !isAlias(key.alias, alias))) continue;
      items.push({ row: rowOf(key), json: jsonOf(key) });
    }
    printItems(io.stdout, LIST, items, format);
    return 0;
  },
});

/** Aliases are told apart as variables are: without regard to case. */
function isAlias(one: string, other: string): boolean {
  return one.toUpperCase() === other.toUpperCase();
}

function rowOf({ keyid, gun, role, algorithm, alias, created, lastUsed }: KeyListing) {
  return {
    ID: keyid,
    GUN: gun,
    Role: role,
    Algorithm: algorithm,
    Alias: alias,
    Created: timeOf(created) ?? 'unknown',
    LastUsed: timeOf(lastUsed) ?? 'never',
  };
}

function jsonOf({ created, lastUsed, ...key }: KeyListing): object {
  return { ...key, created: timeOf(created) ?? null, lastUsed: timeOf(lastUsed) ?? null };
}

function timeOf(time: Date | undefined): string | undefined {
  return time && utcTime(time);
}
