import { type Expiry, listExpiring } from '../../notary/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { LIST_FORMAT, type ListFormat } from '../list-format.ts';
import { durationFlag } from './arguments.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';
import { printItems, utcTime } from './print-items.ts';

const LIST: ListFormat = {
  type: 'expiry',
  headings: { GUN: 'GUN', Role: 'ROLE', What: 'WHAT', Expires: 'EXPIRES', Days: 'DAYS', Renewed: 'RENEWED BY' },
  table: ['GUN', 'Role', 'What', 'Expires', 'Days', 'Renewed'],
};
const DAY_MS = 86_400_000;
const DEFAULT_WITHIN = '30d';
/** Something has to be done: told apart from 1, that something went wrong. */
const STATUS_FOUND = 2;

/** `notary-server expiry`, for cron: silent when asked to be, and with a status of its own. */
export const expiry = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'List what runs out soon, or has: metadata and certificates of root keys. Exits with 2 when there is any, with 0, and\n' +
    'prints nothing, when there is none. What the server signs again by itself is left out.',
  flags: {
    within: { kind: 'string', value: 'duration', help: `How soon: 30d, 12h (default ${DEFAULT_WITHIN})` },
    prefix: { kind: 'string', value: 'text', help: 'Collections whose names begin so' },
    all: { kind: 'boolean', short: 'a', help: 'Also what the server signs again by itself' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print nothing' },
    format: LIST_FORMAT,
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ within = DEFAULT_WITHIN, prefix, all, quiet, format, ...flags }) => ({
    withinMs: durationFlag('within', within),
    prefix,
    hasAll: all ?? false,
    isQuiet: quiet ?? false,
    format,
    database: databaseOptions(flags),
  }),
  async run({ withinMs, prefix, hasAll, isQuiet, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const now = io.clock.now();
    const found: Expiry[] = [];
    for await (const each of listExpiring(database, { now, until: new Date(now.getTime() + withinMs), prefix }))
      if (hasAll || !each.isRenewed) found.push(each);
    found.sort((a, b) => a.expires.getTime() - b.expires.getTime());
    const items = found.map((each) => ({ row: rowOf(each, now), json: each }));
    if (!isQuiet && items.length > 0) printItems(io.stdout, LIST, items, format);
    return found.some(({ isRenewed }) => !isRenewed) ? STATUS_FOUND : 0;
  },
});

function rowOf({ gun, role, what, expires, isRenewed }: Expiry, now: Date) {
  return {
    GUN: gun,
    Role: role,
    What: what.kind === 'metadata' ? `version ${what.version}` : `certificate ${what.keyid.slice(0, 12)}`,
    Expires: utcTime(expires),
    Days: String(Math.floor((expires.getTime() - now.getTime()) / DAY_MS)),
    Renewed: isRenewed ? 'server' : '-',
  };
}
