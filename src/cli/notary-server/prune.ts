import { humanCount, humanSize } from '../../core/index.ts';
import { auditedPrune, prune } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { administrator } from './administrator.ts';
import { durationFlag, numberArgument } from './arguments.ts';
import { databaseFlags, databaseOptions, meantServer, openExistingDatabase } from './database-option.ts';

/** `notary-server prune`. */
export const pruneCommand = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'Forget old versions that nothing leads to, while the server serves: by the retention of its configuration, or as\n' +
    'said here. What is current stays, all roots, and what a timestamp or snapshot that stays names.',
  flags: {
    'keep-versions': { kind: 'string', value: 'number', help: 'Keep so many newest versions of each role' },
    'keep-for': { kind: 'string', value: 'duration', help: 'Keep what was current so long ago or later (30d, say)' },
    prefix: { kind: 'string', value: 'text', help: 'Collections whose names begin so' },
    'dry-run': { kind: 'boolean', short: 'd', help: 'Say what would be forgotten, and forget nothing' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print nothing' },
    format: { kind: 'string', value: 'string', help: 'text, or json: one collection a line (default text)' },
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ prefix, quiet, format, 'dry-run': dryRun, 'keep-versions': versions, 'keep-for': duration, ...flags }) => ({
    keepVersions: versions === undefined ? undefined : numberArgument('--keep-versions', versions),
    keepMs: duration === undefined ? undefined : durationFlag('keep-for', duration),
    prefix,
    isDryRun: dryRun ?? false,
    isQuiet: quiet ?? false,
    isJson: parseFormat(format) === 'json',
    database: databaseOptions(flags),
  }),
  async run({ keepVersions, keepMs, prefix, isDryRun, isQuiet, isJson, database: options }, io) {
    const { config, location } = await meantServer(options, io);
    const isSaid = keepVersions !== undefined || keepMs !== undefined;
    const retention = isSaid ? { keepVersions, keepMs } : config.retention;
    if (retention.keepVersions === undefined && retention.keepMs === undefined)
      throw new UsageError('nothing says what to keep: --keep-versions, --keep-for, or the configuration');
    await using database = await openExistingDatabase(location);
    const pruning = { retention, now: io.clock.now(), isDryRun, prefix, signal: io.signal };
    const forgetting = config.hasAudit ? auditedPrune(database, pruning, administrator()) : prune(database, pruning);
    let [files, bytes] = [0, 0];
    for await (const pruned of forgetting) {
      files += pruned.files.length;
      bytes += pruned.bytes;
      if (isJson) printLine(io.stdout, JSON.stringify(pruned));
      else if (!isQuiet)
        printLine(io.stdout, `${pruned.gun}: ${humanCount(pruned.files.length, 'file')}, ${humanSize(pruned.bytes)}`);
    }
    if (!isQuiet && !isJson)
      printLine(io.stdout, `${isDryRun ? 'would forget' : 'forgot'} ${humanCount(files, 'file')}, ${humanSize(bytes)}`);
    return 0;
  },
});
