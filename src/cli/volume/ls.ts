import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { type Command, defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { refuseNonFilter } from '../flags.ts';
import { formatFilters } from '../image/filters.ts';
import { LIST_FORMAT, printList } from '../list-format.ts';
import { compareNaturally } from '../natural-order.ts';
import { VOLUME_LIST, volumeRow } from './volume-row.ts';

/** `volume ls`: on our Engine, the volumes of the sandbox. */
export const volumeLs: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List volumes',
  aliases: ['volume ls', 'volume list'],
  flags: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Provide filter values (e.g. "dangling=true")',
      refuse: refuseNonFilter,
    },
    format: LIST_FORMAT,
    quiet: { kind: 'boolean', short: 'q', help: 'Only display volume names' },
  },
  arguments: noArguments,
  parse: ({ filter = [], format = '', quiet = false }) => ({
    filters: formatFilters(filter, '-f, --filter'),
    format,
    quiet,
  }),
  async run({ filters, format, quiet }, io) {
    const { volumes, preferred } = await withEngine(io, async ({ engine, config }) => ({
      volumes: await engine.connection.json({ method: 'GET', path: '/volumes', query: { filters } }),
      preferred: config.value.volumesFormat,
    }));
    const rows = volumesOf(volumes).map(volumeRow);
    rows.sort((a, b) => compareNaturally(String(a.Name), String(b.Name)));
    const shown = format || (typeof preferred === 'string' && !quiet ? preferred : 'table');
    printList(io.stdout, VOLUME_LIST, rows, quiet && shown === 'table' ? '{{.Name}}' : shown);
    return 0;
  },
});

function volumesOf(answer: JsonValue) {
  const volumes: readonly JsonValue[] = isJsonObject(answer) && Array.isArray(answer.Volumes) ? answer.Volumes : [];
  return volumes.filter(isJsonObject);
}
