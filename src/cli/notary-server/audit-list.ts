import { AUDIT_ACTIONS, type AuditAction, AuditLog, type HashedEntry } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { LIST_FORMAT, type ListFormat } from '../list-format.ts';
import { gunArgument, instantFlag, numberArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';
import { printItems } from './print-items.ts';

const LIST: ListFormat = {
  type: 'entry',
  headings: {
    Sequence: 'SEQUENCE',
    Time: 'TIME',
    Action: 'ACTION',
    GUN: 'GUN',
    Subject: 'SUBJECT',
    Address: 'ADDRESS',
    What: 'WHAT',
    Hash: 'HASH',
  },
  table: ['Sequence', 'Time', 'Action', 'GUN', 'Subject', 'Address', 'What'],
};

const DEFAULT_NUMBER = 1000;

/** `notary-server audit list`. */
export const auditList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List what was done and who asked for it, oldest first.',
  aliases: ['notary-server audit ls'],
  flags: {
    gun: { kind: 'string', value: 'name', help: 'Of this collection' },
    since: { kind: 'string', value: 'time', help: 'From 2026-11-24 or 2026-11-24T08:00:00Z on' },
    until: { kind: 'string', value: 'time', help: 'Until then' },
    action: { kind: 'string', value: 'name', help: `One of ${AUDIT_ACTIONS.join(', ')}` },
    number: { kind: 'string', short: 'n', value: 'count', help: `The newest so many (default ${DEFAULT_NUMBER})` },
    format: LIST_FORMAT,
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ gun, since, until, action, number, format, ...flags }) => ({
    query: {
      gun: gun === undefined ? undefined : gunArgument(gun),
      since: instantFlag('since', since),
      until: instantFlag('until', until),
      action: actionFlag(action),
    },
    limit: number === undefined ? DEFAULT_NUMBER : numberArgument('--number', number),
    isLimited: number === undefined,
    format,
    database: databaseOptions(flags),
  }),
  async run({ query, limit, isLimited, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const found = await new AuditLog(database).list({ ...query, limit: limit + 1 });
    const entries = found.slice(-limit);
    if (isLimited && found.length > limit) printLine(io.stderr, 'older entries are left out: ask for more by -n');
    const items = entries.map((each) => ({ row: rowOf(each), json: { ...each.entry, hash: each.hash } }));
    printItems(io.stdout, LIST, items, format);
    return 0;
  },
});

function actionFlag(text: string | undefined): AuditAction | undefined {
  const action = AUDIT_ACTIONS.find((each) => each === text);
  if (text !== undefined && !action) throw new UsageError(`--action: want one of ${AUDIT_ACTIONS.join(', ')}`);
  return action;
}

function rowOf({ entry, hash }: HashedEntry) {
  const { sequence, at, action, gun, subject, address, files, key, note } = entry;
  const what = [
    ...(files ?? []).map(({ role, version }) => `${role} ${version}`),
    ...(key ? [`${key.role} ${key.keyid}`] : []),
    ...(note === undefined ? [] : [note]),
  ];
  return {
    Sequence: String(sequence),
    Time: at,
    Action: action,
    GUN: gun ?? '-',
    Subject: subject ?? '-',
    Address: address ?? '-',
    What: what.join(', '),
    Hash: hash,
  };
}
