import type { KeyListing } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { formatTable } from '../table.ts';
import { openMeantSigner, signerFlags } from './signer-database.ts';

const HEADINGS = ['KEY ID', 'GUN', 'ROLE', 'ALGORITHM', 'ALIAS', 'CREATED', 'LAST USED'];

/** `signer keys list`: whose keys there are, and under which alias. */
export const keysList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List the keys of a signer, by collection and role. Private parts are not shown. Times are in UTC.',
  flags: {
    ...signerFlags,
    gun: { kind: 'string', value: 'name', help: 'Keys of this collection alone' },
    alias: { kind: 'string', value: 'name', help: 'Keys that are encrypted under this alias alone' },
    format: { kind: 'string', value: 'string', help: 'table or json, one object a line (default table)' },
  },
  arguments: noArguments,
  parse(flags) {
    const { format = 'table' } = flags;
    if (format !== 'table' && format !== 'json')
      throw new UsageError(`--format: want table or json, found ${JSON.stringify(format)}`);
    return { ...flags, isJson: format === 'json' };
  },
  async run({ config, gun, alias, isJson }, io) {
    await using signer = await openMeantSigner(config, io);
    const rows = isJson ? undefined : [HEADINGS];
    for await (const key of signer.rows.list()) {
      if ((gun !== undefined && key.gun !== gun) || (alias !== undefined && !isAlias(key.alias, alias))) continue;
      if (rows) rows.push(cellsOf(key));
      else io.stdout.write(`${JSON.stringify(jsonOf(key))}\n`);
    }
    if (rows) io.stdout.write(formatTable(rows));
    return 0;
  },
});

/** Aliases are told apart as variables are: without regard to case. */
function isAlias(one: string, other: string): boolean {
  return one.toUpperCase() === other.toUpperCase();
}

function cellsOf({ keyid, gun, role, algorithm, alias, created, lastUsed }: KeyListing): string[] {
  return [keyid, gun, role, algorithm, alias, timeOf(created) ?? 'unknown', timeOf(lastUsed) ?? 'never'];
}

function jsonOf({ created, lastUsed, ...key }: KeyListing): object {
  return { ...key, created: timeOf(created) ?? null, lastUsed: timeOf(lastUsed) ?? null };
}

function timeOf(time: Date | undefined): string | undefined {
  return time?.toISOString().replace(/\.\d+Z$/, 'Z');
}
