import { resolve } from 'node:path';
import { writeBackup } from '../../notary/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { databaseFlags, databaseOptions, openMeantDatabase } from './database-option.ts';

/** `notary-server backup`. */
export const backup = defineCommand({
  usage: '[OPTIONS] FILE',
  summary:
    "Write all that a server's database has into one file, as it is at one moment, while the server serves. The secret that\n" +
    "the server's keys are encrypted with is not in it: keep that too, elsewhere.",
  flags: { quiet: { kind: 'boolean', short: 'q', help: 'Print nothing' }, ...databaseFlags },
  arguments: exactly(1),
  parse: ({ quiet, ...flags }, [file = '']) => ({ file, isQuiet: quiet ?? false, database: databaseOptions(flags) }),
  async run({ file, isQuiet, database: options }, io) {
    await using database = await openMeantDatabase(options, io);
    const rows = await writeBackup(database, resolve(io.cwd, file), { now: io.clock.now(), signal: io.signal });
    if (!isQuiet) printLine(io.stdout, `${file}: ${rows} rows`);
    return 0;
  },
});
