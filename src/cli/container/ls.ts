import { type Command, defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { refuseNonFilter, refuseNonInteger } from '../flags.ts';
import { formatFilters } from '../image/filters.ts';
import { printLine } from '../io.ts';
import { LIST_FORMAT, printList, rowValue } from '../list-format.ts';
import { compileTemplate } from '../template/template.ts';
import { TemplateError, TemplateSyntaxError } from '../template/template-error.ts';
import { CONTAINER_LIST, containerRow } from './container-row.ts';

const RAW =
  'container_id: {{.ID}}\\nimage: {{.Image}}\\ncommand: {{.Command}}\\ncreated_at: {{.CreatedAt}}\\n' +
  'state:{{with .State}} {{.}}{{end}}\\nstatus:{{with .Status}} {{.}}{{end}}\\nnames: {{.Names}}\\n' +
  'labels:{{with .Labels}} {{.}}{{end}}\\nports:{{with .Ports}} {{.}}{{end}}\\n';
const RAW_SIZE = 'size: {{.Size}}\\n';

/** `container ls`, and `ps`: on our Engine, the services of the sandbox. */
export const containerLs: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List containers',
  aliases: ['container ls', 'container list', 'container ps', 'ps'],
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Show all containers (default shows just running)' },
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Filter output based on conditions provided',
      refuse: refuseNonFilter,
    },
    format: LIST_FORMAT,
    last: {
      kind: 'string',
      value: 'int',
      short: 'n',
      refuse: refuseNonInteger,
      help: 'Show n last created containers (includes all states) (default -1)',
    },
    latest: { kind: 'boolean', short: 'l', help: 'Show the latest created container (includes all states)' },
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display container IDs' },
    size: { kind: 'boolean', short: 's', help: 'Display total file sizes' },
  },
  arguments: noArguments,
  parse: ({ all = false, filter = [], format, last, latest = false, quiet = false, size, ...flags }) => ({
    all,
    filters: formatFilters(filter, '-f, --filter'),
    format,
    limit: latest ? 1 : Number(last ?? -1),
    quiet,
    size,
    isFull: flags['no-trunc'] ?? false,
  }),
  async run({ all, filters, format, limit, quiet, size, isFull }, io) {
    const { containers, shown, now } = await withEngine(io, async ({ engine, config, surroundings }) => {
      const { psFormat } = config.value;
      const shown = format ?? (typeof psFormat === 'string' && !quiet ? psFormat : undefined);
      const isAsked = shown !== undefined && tryTemplate(shown);
      const asksSize = size ?? isAsked;
      const given = { all, size: asksSize, ...(limit > 0 && { limit }), ...(filters && { filters }) };
      return { containers: await engine.listContainers(given), shown, now: surroundings.clock.now() };
    });
    const rows = containers.map((container) => containerRow(container, now, isFull));
    if (quiet) {
      if (format) printLine(io.stderr, 'WARNING: Ignoring custom format, because both --format and --quiet are set.');
      printList(io.stdout, CONTAINER_LIST, rows, format === 'raw' ? 'container_id: {{.ID}}' : '{{.ID}}');
      return 0;
    }
    const list = size ? { ...CONTAINER_LIST, table: [...CONTAINER_LIST.table, 'Size'] } : CONTAINER_LIST;
    printList(io.stdout, list, rows, shown === 'raw' ? `${RAW}${size ? RAW_SIZE : ''}` : shown);
    return 0;
  },
});

/**
 * docker tries a template on nothing first.
 * @returns whether it asks for sizes
 * @throws {TemplateError}
 */
function tryTemplate(format: string): boolean {
  let asksSize = false;
  const ask = (): string => {
    asksSize = true;
    return '';
  };
  const row = { ...containerRow({}, new Date(0), false), Size: ask };
  try {
    compileTemplate(format).fill(rowValue(row, CONTAINER_LIST, ask));
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    const verb = cause instanceof TemplateSyntaxError ? 'parse' : 'execute';
    throw new TemplateError(`failed to ${verb} template: ${cause.message}`, { cause });
  }
  return asksSize;
}
