import { humanSize, isJsonObject, type JsonValue } from '../../core/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { confirm } from '../prompt.ts';
import { formatFilters } from './filters.ts';

/** `image prune`: images that no name is left for. */
export const imagePrune = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Remove unused images',
  flags: {
    all: { kind: 'boolean', short: 'a', help: 'Remove all unused images, not just dangling ones' },
    filter: { kind: 'list', value: 'filter', help: 'Provide filter values (e.g. "until=<timestamp>")' },
    force: { kind: 'boolean', short: 'f', help: 'Do not prompt for confirmation' },
  },
  arguments: noArguments,
  parse: ({ all = false, filter = [], force = false }) => ({
    filters: formatFilters([...filter, `dangling=${!all}`], '--filter'),
    force,
    what: all ? 'images without at least one container associated to them' : 'dangling images',
  }),
  async run({ filters, force, what }, io) {
    const question = `WARNING! This will remove all ${what}.\nAre you sure you want to continue?`;
    if (!force && !(await confirm(io, question))) return 0;
    const query = { filters };
    const result = await withEngine(io, ({ engine }) =>
      engine.connection.json({ method: 'POST', path: '/images/prune', query }),
    );
    printPruned(io, isJsonObject(result) ? result.ImagesDeleted : [], isJsonObject(result) ? result.SpaceReclaimed : 0);
    return 0;
  },
});

function printPruned({ stdout }: Io, removed: JsonValue | undefined, reclaimed: JsonValue | undefined): void {
  const items: readonly JsonValue[] = Array.isArray(removed) ? removed : [];
  if (items.length > 0) printLine(stdout, 'Deleted Images:');
  for (const item of items.filter(isJsonObject)) {
    printLine(stdout, typeof item.Untagged === 'string' ? `untagged: ${item.Untagged}` : `deleted: ${item.Deleted}`);
  }
  if (items.length > 0) printLine(stdout);
  printLine(stdout, `Total reclaimed space: ${humanSize(typeof reclaimed === 'number' ? reclaimed : 0)}`);
}
