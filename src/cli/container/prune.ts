import { humanSize, isJsonObject, type JsonValue } from '../../core/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { formatFilters } from '../image/filters.ts';
import { printLine } from '../io.ts';
import { confirm } from '../prompt.ts';

const WARNING = 'WARNING! This will remove all stopped containers.\nAre you sure you want to continue?';

/** `container prune`. */
export const containerPrune = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Remove all stopped containers',
  flags: {
    filter: { kind: 'list', value: 'filter', help: 'Provide filter values (e.g. "until=<timestamp>")' },
    force: { kind: 'boolean', short: 'f', help: 'Do not prompt for confirmation' },
  },
  arguments: noArguments,
  parse: ({ filter = [], force = false }) => ({ filters: formatFilters(filter, '--filter'), force }),
  async run({ filters, force }, io) {
    if (!force && !(await confirm(io, WARNING))) return 0;
    const pruned = await withEngine(io, ({ engine }) =>
      engine.connection.json({ method: 'POST', path: '/containers/prune', query: { filters } }),
    );
    const { ContainersDeleted: deleted, SpaceReclaimed: freed } = isJsonObject(pruned) ? pruned : {};
    const ids: readonly JsonValue[] = Array.isArray(deleted) ? deleted : [];
    if (ids.length > 0) {
      printLine(io.stdout, 'Deleted Containers:');
      for (const id of ids) printLine(io.stdout, String(id));
      printLine(io.stdout);
    }
    printLine(io.stdout, `Total reclaimed space: ${humanSize(Number(freed ?? 0))}`);
    return 0;
  },
});
