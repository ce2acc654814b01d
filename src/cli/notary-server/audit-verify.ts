import { type AuditReport, verifyAudit } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server audit verify`: exits with 1 and the first break when the log is not whole. */
export const auditVerify = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'Check that no entry of the audit log was changed, removed or put in, and that files that are still stored are those\n' +
    'it says. That its end was cut off can be seen with --head alone.',
  flags: {
    head: { kind: 'string', value: 'hash', help: 'What `audit head` printed before: it has to be in the log still' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print nothing' },
    format: { kind: 'string', value: 'string', help: 'text or json (default text)' },
    ...databaseFlags,
  },
  arguments: noArguments,
  parse({ head, quiet, format = 'text', ...flags }) {
    if (format !== 'text' && format !== 'json')
      throw new UsageError(`--format: want text or json, found ${JSON.stringify(format)}`);
    const pinned = head?.trim().toLowerCase();
    if (pinned !== undefined && !/^[0-9a-f]{64}$/.test(pinned))
      throw new UsageError('--head: want the 64 hexadecimal digits that `audit head` printed');
    return { pinned, isQuiet: quiet ?? false, isJson: format === 'json', database: databaseOptions(flags) };
  },
  async run({ pinned, isQuiet, isJson, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const report = await verifyAudit(database, pinned);
    if (!isQuiet) {
      if (isJson) printLine(io.stdout, JSON.stringify({ ...report, break: report.break ?? null }));
      else printLine(report.break ? io.stderr : io.stdout, sentence(report, pinned));
    }
    return report.break ? 1 : 0;
  },
});

function sentence(
  { break: found, entries, head, files, filesOutside }: AuditReport,
  pinned: string | undefined,
): string {
  if (found) return found.sequence === undefined ? found.problem : `entry ${found.sequence} ${found.problem}`;
  return [
    `whole: ${entries} entries, the last ${head.hash}`,
    pinned === undefined ? 'not checked: whether entries were cut off at the end (--head)' : `${pinned} is in it`,
    `${files} stored files are what it says`,
    ...(filesOutside > 0
      ? [`${filesOutside} stored files are in no entry: from before the log, or from when it was off`]
      : []),
  ].join('\n');
}
