import { resolve } from 'node:path';
import { humanCount } from '../../core/index.ts';
import { openNotaryDatabase, restoreBackup } from '../../notary/index.ts';
import { defineCommand, exactly } from '../command.ts';
import { printLine } from '../io.ts';
import { administrator } from './administrator.ts';
import { databaseFlags, databaseOptions, meantServer } from './database-option.ts';

/** `notary-server restore`. */
export const restore = defineCommand({
  usage: '[OPTIONS] FILE',
  summary:
    'Put a backup into an empty database, of whatever kind. All of it is read and checked before a row is stored, and all\n' +
    'is stored in one transaction. No server should run over the database meanwhile.',
  flags: {
    force: { kind: 'boolean', short: 'f', help: 'Delete what the database has first' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print problems alone' },
    ...databaseFlags,
  },
  arguments: exactly(1),
  parse: ({ force, quiet, ...flags }, [file = '']) => ({
    file,
    isForced: force ?? false,
    isQuiet: quiet ?? false,
    database: databaseOptions(flags),
  }),
  async run({ file, isForced, isQuiet, database: options }, io) {
    const { config, location } = await meantServer(options, io);
    await using database = await openNotaryDatabase(location);
    const actor = config.hasAudit ? administrator() : undefined;
    const report = await restoreBackup(database, resolve(io.cwd, file), { now: io.clock.now(), isForced, actor });
    for (const { gun, role, problem } of report.problems)
      printLine(io.stderr, `${gun}: ${role}: ${problem} (so it was when it was backed up)`);
    if (!isQuiet)
      printLine(
        io.stdout,
        `restored: ${humanCount(report.rows, 'row')}, ${humanCount(report.collections, 'collection')}, as of ${report.createdAt}`,
      );
    return 0;
  },
});
