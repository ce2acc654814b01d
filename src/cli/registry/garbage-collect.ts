import { collectGarbage, formatReport } from '../../registry/index.ts';
import { parseDuration } from '../../settings/index.ts';
import { atMost, defineCommand, UsageError } from '../command.ts';
import { parseFormat } from '../report-format.ts';
import { openConfiguredStorage, type StorageOptions, storageFlags } from './storage-config.ts';

interface CollectOptions extends StorageOptions {
  readonly isDryRun: boolean;
  readonly deleteUntagged: boolean;
  readonly isQuiet: boolean;
  readonly isOffline: boolean;
  readonly isJson: boolean;
  readonly graceMs: number | undefined;
}

/** `registry garbage-collect`: with the flags of distribution's, and beside a registry that serves. */
export const garbageCollect = defineCommand({
  usage: '[OPTIONS] [CONFIG]',
  summary:
    'Delete blobs that no manifest leads to, and with --delete-untagged manifests that no tag leads to, while registries\n' +
    'serve and are pushed to. What is younger than the grace stays. Cut off, it goes on where it was the next time.',
  flags: {
    'dry-run': { kind: 'boolean', short: 'd', help: 'Say what would be deleted, and delete nothing' },
    'delete-untagged': {
      kind: 'boolean',
      short: 'm',
      help: 'Delete manifests that are not currently referenced via tag',
    },
    quiet: { kind: 'boolean', short: 'q', help: 'Print nothing' },
    grace: { kind: 'string', value: 'duration', help: 'Leave alone what is younger (default 1h, at least 30m)' },
    offline: { kind: 'boolean', help: 'No registry writes to this storage now: collect what is young too' },
    format: { kind: 'string', value: 'string', help: 'Format of the report: text or json (default text)' },
    ...storageFlags,
  },
  arguments: atMost(1),
  parse: (flags, [configPath]): CollectOptions => ({
    configPath,
    root: flags.root,
    isDryRun: flags['dry-run'] ?? false,
    deleteUntagged: flags['delete-untagged'] ?? false,
    isQuiet: flags.quiet ?? false,
    isOffline: flags.offline ?? false,
    isJson: parseFormat(flags.format) === 'json',
    graceMs: flags.grace === undefined ? undefined : parseGrace(flags.grace),
  }),
  async run({ graceMs, isQuiet, isJson, isDryRun, deleteUntagged, isOffline, ...storage }, io) {
    const { config, driver } = await openConfiguredStorage(storage, io);
    const report = await collectGarbage({
      driver,
      isDryRun,
      isOffline,
      deleteUntagged,
      retention: config.retention,
      signal: io.signal,
      ...(graceMs !== undefined && { graceMs }),
    });
    if (!isQuiet) io.stdout.write(isJson ? `${JSON.stringify(report)}\n` : formatReport(report));
    return 0;
  },
});

function parseGrace(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0)
    throw new UsageError(`--grace: want a duration such as 1h30m, found ${JSON.stringify(text)}`);
  return ms;
}
