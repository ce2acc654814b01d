import { isJsonObject, type JsonObject, type JsonValue, parseImageReference } from '../../core/index.ts';
import { type Command, defineCommand, exactly } from '../command.ts';
import { registryAuth } from '../credentials.ts';
import { withEngine } from '../engine-session.ts';
import { refuseNonFilter, refuseNonInteger } from '../flags.ts';
import { formatFilters } from '../image/filters.ts';
import { type ListFormat, printList, type Row } from '../list-format.ts';

const LIST: ListFormat = {
  headings: { Description: 'DESCRIPTION', IsOfficial: 'OFFICIAL', Name: 'NAME', StarCount: 'STARS' },
  table: ['Name', 'Description', 'StarCount', 'IsOfficial'],
  type: '*registry.searchContext',
};
const MAX_DESCRIPTION = 45;
const HUB = 'docker.io';

/** `search`: repositories of a registry, by the Engine. */
export const search: Command = defineCommand({
  usage: '[OPTIONS] TERM',
  summary: 'Search Docker Hub for images',
  flags: {
    filter: {
      kind: 'list',
      short: 'f',
      value: 'filter',
      help: 'Filter output based on conditions provided',
      refuse: refuseNonFilter,
    },
    format: { kind: 'string', help: 'Pretty-print search using a Go template' },
    limit: { kind: 'string', value: 'int', help: 'Max number of search results', refuse: refuseNonInteger },
    'no-trunc': { kind: 'boolean', help: "Don't truncate output" },
  },
  arguments: exactly(1),
  parse: ({ filter = [], format = '', limit = '0', ...flags }, [term = '']) => ({
    term,
    filters: formatFilters(filter, '-f, --filter'),
    format: format || 'table',
    limit: Number(limit),
    isFull: flags['no-trunc'] ?? false,
  }),
  async run({ term, filters, format, limit, isFull }, io) {
    const found = await withEngine(io, async ({ engine, config }) => {
      const query = { term, filters, limit: limit > 0 ? String(limit) : undefined };
      const headers = { 'x-registry-auth': await registryAuth(config, registryOf(term)) };
      return engine.connection.json({ method: 'GET', path: '/images/search', query, headers });
    });
    const results: readonly JsonValue[] = Array.isArray(found) ? found : [];
    const rows = results.filter(isJsonObject).map((result) => rowOf(result, isFull, format === 'json'));
    printList(io.stdout, LIST, rows, format);
    return 0;
  },
});

/** The registry that a term names before its first slash; Docker Hub where it is none. */
function registryOf(term: string): string {
  const [first = '', ...rest] = term.split('/');
  if (rest.length === 0 || !(/[.:]/.test(first) || first === 'localhost')) return HUB;
  try {
    return parseImageReference(term).domain;
  } catch {
    return first; // the Engine says what is wrong with it
  }
}

function rowOf(result: JsonObject, isFull: boolean, isJson: boolean): Row {
  const description = text(result.description).replaceAll(/[\r\n]/g, ' ');
  const isOfficial = result.is_official === true;
  return {
    Description: isFull ? description : ellipsis(description),
    IsOfficial: isJson ? String(isOfficial) : isOfficial ? '[OK]' : '',
    Name: text(result.name),
    StarCount: String(typeof result.star_count === 'number' ? result.star_count : 0),
  };
}

function ellipsis(description: string): string {
  const characters = [...description];
  return characters.length <= MAX_DESCRIPTION ? description : `${characters.slice(0, MAX_DESCRIPTION - 1).join('')}…`;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
