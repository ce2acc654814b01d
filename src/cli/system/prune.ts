import { humanSize, isJsonObject, type JsonObject, type JsonValue } from '../../core/index.ts';
import { type Command, defineCommand, ExitError, noArguments } from '../command.ts';
import { type EngineSession, withEngine } from '../engine-session.ts';
import { refuseNonFilter } from '../flags.ts';
import { formatFilters } from '../image/filters.ts';
import { type Io, printLine } from '../io.ts';
import { compareNaturally } from '../natural-order.ts';
import { confirm } from '../prompt.ts';
import { pruneFilters } from './prune-filters.ts';

interface PruneOptions {
  readonly all: boolean;
  readonly force: boolean;
  readonly volumes: boolean;
  readonly filters: readonly string[];
}

/** One kind of thing that is pruned: where, what of the answer is told, under which heading. */
interface Pruner {
  readonly path: string;
  readonly heading: string;
  readonly list: string;
  readonly only?: string;
}

const CONTAINERS: Pruner = { path: '/containers/prune', heading: 'Deleted Containers:', list: 'ContainersDeleted' };
const NETWORKS: Pruner = { path: '/networks/prune', heading: 'Deleted Networks:', list: 'NetworksDeleted' };
const VOLUMES: Pruner = { path: '/volumes/prune', heading: 'Deleted Volumes:', list: 'VolumesDeleted' };
const BUILD_CACHE: Pruner = { path: '/build/prune', heading: 'Deleted build cache objects:', list: 'CachesDeleted' };

/** `system prune`: all that nothing uses. */
export const systemPrune: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Remove unused data',
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Remove all unused images not just dangling ones' },
    filter: {
      kind: 'list',
      value: 'filter',
      help: 'Provide filter values (e.g. "label=<key>=<value>")',
      refuse: refuseNonFilter,
    },
    force: { kind: 'boolean', short: 'f', help: 'Do not prompt for confirmation' },
    volumes: { kind: 'boolean', help: 'Prune anonymous volumes' },
  },
  arguments: noArguments,
  parse: ({ all = false, filter = [], force = false, volumes = false }): PruneOptions => ({
    all,
    force,
    volumes,
    filters: filter,
  }),
  async run(options, io) {
    if (options.volumes && options.filters.some((filter) => filter.startsWith('until='))) {
      throw new ExitError(1, 'ERROR: The "until" filter is not supported with "--volumes"');
    }
    return withEngine(io, async (session) => {
      const filters = pruneFilters(options.filters, session.config.value.pruneFilters);
      if (!options.force && !(await confirm(io, question(options, filters)))) return 0;
      await prune(io, session, options, filters);
      return 0;
    });
  },
});

async function prune(io: Io, session: EngineSession, { all, volumes }: PruneOptions, filters: readonly string[]) {
  const images = { path: '/images/prune', heading: 'Deleted Images:', list: 'ImagesDeleted', only: `dangling=${!all}` };
  const kinds = [CONTAINERS, NETWORKS, ...(volumes ? [VOLUMES] : []), images, BUILD_CACHE];
  let reclaimed = 0;
  for (const { path, heading, list, only } of kinds) {
    const query = {
      filters: formatFilters(only === undefined ? filters : [...filters, only], '--filter'),
      ...(path === BUILD_CACHE.path && all && { all: '1' }),
    };
    const answer = await session.engine.connection.json({ method: 'POST', path, query });
    const result: JsonObject = isJsonObject(answer) ? answer : {};
    if (typeof result.SpaceReclaimed === 'number') reclaimed += result.SpaceReclaimed;
    const lines = (Array.isArray(result[list]) ? result[list] : []).map(lineOf);
    if (lines.length > 0) io.stdout.write(`${[heading, ...lines].join('\n')}\n\n`);
  }
  printLine(io.stdout, `Total reclaimed space: ${humanSize(reclaimed)}`);
}

function lineOf(item: JsonValue): string {
  if (!isJsonObject(item)) return String(item);
  return typeof item.Untagged === 'string' ? `untagged: ${item.Untagged}` : `deleted: ${String(item.Deleted)}`;
}

function question({ all, volumes }: PruneOptions, filters: readonly string[]): string {
  const what = [
    'all stopped containers',
    'all networks not used by at least one container',
    ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
    all ? 'all images without at least one container associated to them' : 'all dangling images',
    all ? 'all build cache' : 'unused build cache',
  ];
  const shown = filters.filter((filter) => /^(label!?|until)=/.test(filter)).sort(compareNaturally);
  const lines = (items: readonly string[]): string => items.map((item) => `  - ${item}\n`).join('');
  const filtered = shown.length === 0 ? '' : `\n  Items to be pruned will be filtered with:\n${lines(shown)}`;
  return `WARNING! This will remove:\n${lines(what)}${filtered}\nAre you sure you want to continue?`;
}
