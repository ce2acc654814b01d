import { type Command, defineCommand, noArguments } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { LIST_FORMAT, type ListFormat, printList, type RichRow } from '../list-format.ts';
import { compareNaturally } from '../natural-order.ts';
import { findSurroundings, type Surroundings } from '../surroundings.ts';
import { DEFAULT_CONTEXT, descriptionOf, listContexts } from './context-store.ts';
import { DEFAULT_DESCRIPTION } from './default-context.ts';
import { overrideWarning } from './override-warning.ts';

const LIST: ListFormat = {
  headings: { Description: 'DESCRIPTION', DockerEndpoint: 'DOCKER ENDPOINT', Error: 'ERROR', Name: 'NAME' },
  table: ['Name', 'Description', 'DockerEndpoint', 'Error'],
  type: '*formatter.clientContextContext',
};
const MAX_ERROR = 45;

/** `context ls`: contexts by name, the one in use with a star. */
export const contextLs: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List contexts',
  aliases: ['context ls', 'context list'],
  flags: {
    format: LIST_FORMAT,
    quiet: { kind: 'boolean', short: 'q', help: 'Only show context names' },
  },
  arguments: noArguments,
  parse: ({ format = '', quiet = false }) => ({ format: format || 'table', quiet }),
  async run({ format, quiet }, io) {
    const surroundings = await findSurroundings(io);
    const rows = await rowsOf(surroundings);
    rows.sort((a, b) => compareNaturally(String(a.Name), String(b.Name)));
    print(io, rows, format, quiet);
    const warning = overrideWarning(surroundings, 'a context');
    if (warning !== undefined) printLine(io.stderr, warning);
    return 0;
  },
});

function print({ stdout }: Io, rows: readonly RichRow[], format: string, quiet: boolean): void {
  if (quiet && format === 'table') printList(stdout, LIST, rows, '{{.Name}}');
  else if (format === 'table') printList(stdout, LIST, rows.map(starred));
  else if (/^table\s/.test(format)) printList(stdout, LIST, rows.map(shortened), format);
  else printList(stdout, LIST, rows, format);
}

function starred(row: RichRow): RichRow {
  return { ...shortened(row), Name: row.Current === true ? `${String(row.Name)} *` : String(row.Name) };
}

function shortened(row: RichRow): RichRow {
  const text = [...String(row.Error)];
  return { ...row, Error: text.length <= MAX_ERROR ? text.join('') : `${text.slice(0, MAX_ERROR - 1).join('')}…` };
}

async function rowsOf({ context, contextFolder, defaultHost }: Surroundings): Promise<RichRow[]> {
  const found = await listContexts(contextFolder);
  const rows = found.map((one) => rowOf(one.name, context.name, descriptionOf(one), one.host));
  rows.push(rowOf(DEFAULT_CONTEXT, context.name, DEFAULT_DESCRIPTION, defaultHost));
  if (context.problem) rows.push(rowOf(context.name, context.name, '', '', context.problem.message));
  return rows;
}

function rowOf(name: string, current: string, description: string, host: string, error = ''): RichRow {
  return { Current: name === current, Description: description, DockerEndpoint: host, Error: error, Name: name };
}
