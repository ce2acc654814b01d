import { isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { type Command, defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { refuseNonFilter } from '../flags.ts';
import { formatFilters } from '../image/filters.ts';
import { LIST_FORMAT, type ListFormat, printList, type RichRow } from '../list-format.ts';
import { compareNaturally } from '../natural-order.ts';
import { showTime } from '../template/show.ts';

const LIST: ListFormat = {
  headings: {
    CreatedAt: 'CREATED AT',
    Driver: 'DRIVER',
    ID: 'NETWORK ID',
    IPv4: 'IPV4',
    IPv6: 'IPV6',
    Internal: 'INTERNAL',
    Labels: 'LABELS',
    Name: 'NAME',
    Scope: 'SCOPE',
  },
  table: ['ID', 'Name', 'Driver', 'Scope'],
  type: '*network.networkContext',
};
const SHORT_ID = 12;

/** `network ls`: on our Engine, the networks of the sandbox. */
export const networkLs: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List networks',
  aliases: ['network ls', 'network list'],
  flags: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Provide filter values (e.g. "driver=bridge")',
      refuse: refuseNonFilter,
    },
    format: LIST_FORMAT,
    'no-trunc': { kind: 'boolean', help: 'Do not truncate the output' },
    quiet: { kind: 'boolean', short: 'q', help: 'Only display network IDs' },
  },
  arguments: noArguments,
  parse: ({ filter = [], format = '', quiet = false, ...flags }) => ({
    filters: formatFilters(filter, '-f, --filter'),
    format,
    isFull: flags['no-trunc'] ?? false,
    quiet,
  }),
  async run({ filters, format, isFull, quiet }, io) {
    const { networks, preferred } = await withEngine(io, async ({ engine, config }) => ({
      networks: await engine.connection.json({ method: 'GET', path: '/networks', query: { filters } }),
      preferred: config.value.networksFormat,
    }));
    const all: readonly JsonValue[] = Array.isArray(networks) ? networks : [];
    const rows = all.filter(isJsonObject).map((network) => rowOf(network, isFull));
    rows.sort((a, b) => compareNaturally(String(a.Name), String(b.Name)));
    const shown = format || (typeof preferred === 'string' && !quiet ? preferred : 'table');
    printList(io.stdout, LIST, rows, quiet && shown === 'table' ? '{{.ID}}' : shown);
    return 0;
  },
});

/** A row (Docker Engine API v1.50, `Network`). */
function rowOf(network: JsonObject, isFull: boolean): RichRow {
  const labels = isJsonObject(network.Labels) ? network.Labels : {};
  const id = text(network.Id);
  return {
    CreatedAt: showTime(text(network.Created)),
    Driver: text(network.Driver),
    ID: isFull ? id : id.slice(0, SHORT_ID),
    IPv4: String(network.EnableIPv4 === true),
    IPv6: String(network.EnableIPv6 === true),
    Internal: String(network.Internal === true),
    Label: (name: unknown) => text(labels[String(name)]),
    Labels: Object.entries(labels)
      .map(([name, value]) => `${name}=${text(value)}`)
      .join(','),
    Name: text(network.Name),
    Scope: text(network.Scope),
  };
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
