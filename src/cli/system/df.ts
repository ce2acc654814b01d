import { humanSize } from '../../core/index.ts';
import { type Command, defineCommand, noArguments } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { LIST_FORMAT, type ListFormat, printList } from '../list-format.ts';
import { type DiskUsage, readDiskUsage, summaryRows } from './disk-usage.ts';

const LIST: ListFormat = {
  headings: { Active: 'ACTIVE', Reclaimable: 'RECLAIMABLE', Size: 'SIZE', TotalCount: 'TOTAL', Type: 'TYPE' },
  table: ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'],
  type: '*formatter.diskUsageImagesContext',
};
const RAW =
  'type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n';

/** `system df`: what takes up the Engine's disk. */
export const df: Command = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Show docker disk usage',
  flags: {
    format: LIST_FORMAT,
    verbose: { kind: 'boolean', short: 'v', help: 'Show detailed information on space usage' },
  },
  arguments: noArguments,
  parse: ({ format = '', verbose = false }) => ({ format: format || 'table', isVerbose: verbose }),
  async run({ format, isVerbose }, io) {
    const usage: DiskUsage = await withEngine(io, async ({ engine }) =>
      readDiskUsage(await engine.connection.json({ method: 'GET', path: '/system/df' })),
    );
    if (isVerbose) {
      const { printVerbose } = await import('./df-verbose.ts');
      printVerbose(io, usage, format);
    } else {
      const rows = summaryRows(usage, humanSize);
      printList(io.stdout, LIST, rows, format === 'raw' ? RAW : format);
    }
    return 0;
  },
});
