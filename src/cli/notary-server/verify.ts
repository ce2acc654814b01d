import { humanCount } from '../../core/index.ts';
import { type VerifiedCollection, verifyStore } from '../../notary/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server verify`: exits with 1 when anything is wrong. */
export const verify = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'Check all that is stored, while the server serves: the hash of every file; every collection as a client that comes for\n' +
    'the first time would; that whatever a timestamp or snapshot names can be fetched. What has run out is no fault here.',
  flags: {
    prefix: { kind: 'string', value: 'text', help: 'Collections whose names begin so' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print problems alone' },
    format: { kind: 'string', value: 'string', help: 'text, or json: one collection a line (default text)' },
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: ({ prefix, quiet, format, ...flags }) => ({
    prefix,
    isQuiet: quiet ?? false,
    isJson: parseFormat(format) === 'json',
    database: databaseOptions(flags),
  }),
  async run({ prefix, isQuiet, isJson, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    let [collections, files, problems] = [0, 0, 0];
    for await (const verified of verifyStore(database, { now: io.clock.now(), prefix, signal: io.signal })) {
      collections += 1;
      files += verified.files;
      problems += verified.problems.length;
      if (isJson) printLine(io.stdout, JSON.stringify(verified));
      else for (const line of problemLines(verified)) printLine(io.stderr, line);
    }
    if (!isQuiet && !isJson)
      printLine(
        io.stdout,
        `${humanCount(collections, 'collection')}, ${humanCount(files, 'file')}: ${problems === 0 ? 'all well' : humanCount(problems, 'problem')}`,
      );
    return problems === 0 ? 0 : 1;
  },
});

function problemLines({ gun, problems }: VerifiedCollection): string[] {
  return problems.map(({ role, version, problem }) => `${gun}: ${role}${version > 0 ? ` ${version}` : ''}: ${problem}`);
}
