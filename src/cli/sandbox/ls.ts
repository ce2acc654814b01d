import { listRecords, listRestingRecords, sandboxHome } from '../../sandbox/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';

/** `compose ls`: the sandboxes of this user that run. */
export const composeLs = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List running compose projects',
  aliases: ['compose ls'],
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Show all stopped Compose projects' },
    format: { kind: 'string', help: 'Format the output. Values: [table | json]' },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display project names' },
  },
  arguments: noArguments,
  parse: ({ all = false, format = 'table', quiet = false }) => ({ isAll: all, format, isQuiet: quiet }),
  async run({ isAll, format, isQuiet }, io) {
    const home = sandboxHome(io.env);
    const records = [...(await listRecords(home)), ...(isAll ? await listRestingRecords(home) : [])];
    records.sort((a, b) => (a.project < b.project ? -1 : 1));
    const rows = records
      .map(({ project, composeFile, services }) => ({
        Name: project,
        Status: statusOf(services.map(({ state }) => state)),
        ConfigFiles: composeFile ?? '',
      }))
      .filter(({ Status: status }) => isAll || status.includes('running'));
    if (isQuiet) for (const { Name: name } of rows) printLine(io.stdout, name);
    else if (format === 'json') printLine(io.stdout, JSON.stringify(rows));
    else io.stdout.write(formatTable([['NAME', 'STATUS', 'CONFIG FILES'], ...rows.map((row) => Object.values(row))]));
    return 0;
  },
});

/** `exited(1), running(2)` */
function statusOf(states: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const state of [...states].sort()) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${state}(${count})`).join(', ');
}
