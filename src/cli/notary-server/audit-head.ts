import { AuditLog } from '../../notary/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { printReport, REPORT_FORMAT } from '../report-format.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server audit head`. */
export const auditHead = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'Print the hash of the last entry of the audit log. Kept where the server cannot write, it shows by `audit verify\n' +
    '--head` whether anything up to here was changed or cut off since.',
  flags: {
    format: REPORT_FORMAT,
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ format, ...flags }) => ({ format, database: databaseOptions(flags) }),
  async run({ format, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const head = await new AuditLog(database).head();
    printReport(io.stdout, head, format, () => printLine(io.stdout, head.hash));
    return 0;
  },
});
