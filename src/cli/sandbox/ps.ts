import { findRecord, findRestingRecord } from '../../sandbox/index.ts';
import { anyArguments, defineCommand, ExitError } from '../command.ts';
import { printLine } from '../io.ts';
import { formatTable } from '../table.ts';
import { type ContainerRow, containerRow } from './containers-of.ts';
import { findProject } from './project.ts';

const COLUMNS = {
  NAME: 'Name',
  IMAGE: 'Image',
  COMMAND: 'Command',
  SERVICE: 'Service',
  CREATED: 'RunningFor',
  STATUS: 'Status',
  PORTS: 'Ports',
} as const satisfies Record<string, keyof ContainerRow>;

/** What a column is called in a template's table. */
const HEADINGS = Object.fromEntries(
  [...Object.entries(COLUMNS), ['STATE', 'State']].map(([heading, column]) => [column, heading]),
);

/** `compose ps`: what runs in this project, and where. */
export const composePs = defineCommand({
  usage: '[OPTIONS] [SERVICE...]',
  summary: 'List containers',
  aliases: ['compose ps'],
  flags: {
    all: {
      kind: 'boolean',
      short: 'a',
      help: 'Show all stopped containers (including those created by the run command)',
    },
    format: { kind: 'string', help: 'Format output: table, json, or a Go template of what json has' },
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display IDs' },
    services: { kind: 'boolean', help: 'Display services' },
    status: {
      kind: 'list',
      help: 'Filter services by status. Values: [paused | restarting | removing | running | dead | created | exited]',
    },
  },
  arguments: anyArguments,
  parse({ all = false, format = 'table', quiet = false, services = false, status = [] }, names) {
    if (format !== 'table' && format !== 'json' && !format.includes('{{'))
      throw new ExitError(1, `unsupported format: ${format}: want table, json or a template`);
    return { isAll: all, format, isQuiet: quiet, isNames: services, states: status, names };
  },
  async run({ isAll, format, isQuiet, isNames, states, names }, io) {
    const { paths } = findProject(io);
    const record = (await findRecord(paths)) ?? (await findRestingRecord(paths));
    const unknown = names.find((name) => !record?.services.some((service) => service.name === name));
    if (unknown !== undefined) throw new ExitError(1, `no such service: ${unknown}`);
    const shown = (record?.services ?? [])
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .map((service) => ({ service, row: record && containerRow(service, record, io.clock.now()) }))
      .flatMap(({ service, row }) => (row ? [{ service, row }] : []))
      .filter(({ row: { State: state } }) =>
        states.length > 0 ? states.includes(state) : isAll || state === 'running' || state === 'paused',
      )
      .sort((a, b) => (a.row.Name < b.row.Name ? -1 : 1));
    if (isQuiet) for (const { service } of shown) printLine(io.stdout, service.containerId);
    else if (isNames) for (const { service } of shown) printLine(io.stdout, service.name);
    else if (format === 'json') for (const { row } of shown) printLine(io.stdout, JSON.stringify(row));
    else if (format !== 'table') {
      const { printList } = await import('../list-format.ts');
      const list = { headings: HEADINGS, table: Object.values(COLUMNS), type: 'formatter.ContainerContext' };
      const rows = shown.map(({ row }) => ({
        ...row,
        ExitCode: String(row.ExitCode),
        Publishers: JSON.stringify(row.Publishers),
      }));
      printList(io.stdout, list, rows, format);
    } else {
      const rows = shown.map(({ row }) => Object.values(COLUMNS).map((column) => String(row[column])));
      io.stdout.write(formatTable([Object.keys(COLUMNS), ...rows], 0));
    }
    return 0;
  },
});
