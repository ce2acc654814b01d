import { humanCount } from '../../core/index.ts';
import { type AuditReport, verifyAudit } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { printReport, REPORT_FORMAT } from '../report-format.ts';
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
    format: REPORT_FORMAT,
    ...databaseFlags,
  },
  arguments: noArguments,
  parse({ head, quiet, format, ...flags }) {
    const pinned = head?.trim().toLowerCase();
    if (pinned !== undefined && !/^[0-9a-f]{64}$/.test(pinned))
      throw new UsageError('--head: want the 64 hexadecimal digits that `audit head` printed');
    return { pinned, isQuiet: quiet ?? false, format, database: databaseOptions(flags) };
  },
  async run({ pinned, isQuiet, format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const report = await verifyAudit(database, pinned);
    const json = { ...report, break: report.break ?? null };
    const say = (): void => printLine(report.break ? io.stderr : io.stdout, sentence(report, pinned));
    if (!isQuiet) printReport(io.stdout, json, format, say);
    return report.break ? 1 : 0;
  },
});

function sentence(
  { break: found, entries, head, files, filesOutside }: AuditReport,
  pinned: string | undefined,
): string {
  if (found) return found.sequence === undefined ? found.problem : `entry ${found.sequence} ${found.problem}`;
  return [
    `whole: ${humanCount(entries, 'entry')}, the last ${head.hash}`,
    pinned === undefined ? 'not checked: whether entries were cut off at the end (--head)' : `${pinned} is in it`,
    `${files} stored files are what it says`,
    ...(filesOutside > 0
      ? [`${filesOutside} stored files are in no entry: from before the log, or from when it was off`]
      : []),
  ].join('\n');
}
