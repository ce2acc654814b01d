import { AuditLog } from '../../notary/index.ts';
import { defineCommand, noArguments, UsageError } from '../command.ts';
import { printLine } from '../io.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server audit head`. */
export const auditHead = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'Print the hash of the last entry of the audit log. Kept where the server cannot write, it shows by `audit verify\n' +
    '--head` whether anything up to here was changed or cut off since.',
  flags: {
    format: { kind: 'string', value: 'string', help: 'text or json (default text)' },
    ...databaseFlags,
  },
  arguments: noArguments,
  parse({ format = 'text', ...flags }) {
    if (format !== 'text' && format !== 'json')
      throw new UsageError(`--format: want text or json, found ${JSON.stringify(format)}`);
    return { isJson: format === 'json', database: databaseOptions(flags) };
  },
  async run({ isJson, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const head = await new AuditLog(database).head();
    printLine(io.stdout, isJson ? JSON.stringify(head) : head.hash);
    return 0;
  },
});
