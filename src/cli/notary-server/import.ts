import { humanCount } from '../../core/index.ts';
import {
  describeOriginal,
  type ImportedCollection,
  importKeys,
  importOriginal,
  type OriginalLocation,
  openNotaryDatabase,
  openSignerDatabase,
  openSqlReader,
  parseOriginalLocation,
} from '../../notary/index.ts';
import { parseDatabaseLocation } from '../../storage/index.ts';
import { defineCommand, ExitError, noArguments, UsageError } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { administrator } from './administrator.ts';
import {
  type DatabaseOptions,
  databaseFlags,
  databaseOptions,
  meantServer,
  resolveLocation,
} from './database-option.ts';
import { readOriginalConfig } from './original-config.ts';

interface ImportOptions {
  readonly from: string | undefined;
  readonly fromConfig: string | undefined;
  readonly keysFrom: string | undefined;
  readonly signerDatabase: string | undefined;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly database: DatabaseOptions;
}

/** `notary-server import`: exits with 1 when a collection or a key was refused. */
export const importCommand = defineCommand({
  usage: '[OPTIONS]',
  summary:
    'Take over the rows of a notary-server 0.7 database, PostgreSQL or MySQL, each checked as it is read, and each\n' +
    'collection as a client would. What is wrong is refused and told; run again, it adds what is new since. The keys of a\n' +
    "MySQL signer go into a signer's database here; a PostgreSQL signer's database is used as it is.",
  flags: {
    from: { kind: 'string', value: 'location', help: 'postgres://…, mysql://… or user@tcp(host:port)/database' },
    'from-config': { kind: 'string', value: 'file', help: "The original's configuration file, for its db_url" },
    'keys-from': {
      kind: 'string',
      value: 'location',
      help: "The original signer's database, or its configuration file",
    },
    'signer-database': { kind: 'string', value: 'location', help: 'Where its keys go' },
    'dry-run': { kind: 'boolean', short: 'd', help: 'Read and check everything, and store nothing' },
    quiet: { kind: 'boolean', short: 'q', help: 'Print what was refused alone' },
    format: { kind: 'string', value: 'string', help: 'text, or json: one collection a line (default text)' },
    ...databaseFlags,
  },
  arguments: noArguments,
  parse: (flags): ImportOptions => {
    const { from, 'from-config': fromConfig, 'keys-from': keysFrom, 'signer-database': signerDatabase } = flags;
    if (
      [from, fromConfig, keysFrom].every((each) => each === undefined) ||
      (from !== undefined && fromConfig !== undefined)
    )
      throw new UsageError('say where from: --from or --from-config, or --keys-from');
    if ((keysFrom === undefined) !== (signerDatabase === undefined))
      throw new UsageError('--keys-from and --signer-database go together');
    return {
      from,
      fromConfig,
      keysFrom,
      signerDatabase,
      isDryRun: flags['dry-run'] ?? false,
      isJson: parseFormat(flags.format) === 'json',
      isQuiet: flags.quiet ?? false,
      database: databaseOptions(flags),
    };
  },
  async run(options, io) {
    const { from, fromConfig, keysFrom } = options;
    let isWell = true;
    if (from !== undefined) isWell = await takeCollections(parseOriginalLocation(from), options, io);
    else if (fromConfig !== undefined)
      isWell = await takeCollections(await readOriginalConfig(fromConfig, io), options, io);
    if (keysFrom !== undefined && !(await takeKeys(keysFrom, options, io))) isWell = false;
    return isWell ? 0 : 1;
  },
});

async function takeCollections(location: OriginalLocation, options: ImportOptions, io: Io): Promise<boolean> {
  const { isDryRun, isQuiet, isJson } = options;
  const server = await meantServer(options.database, io);
  await using reader = await openSqlReader(location);
  await using database = await openNotaryDatabase(server.location);
  const actor = server.config.hasAudit ? administrator() : undefined;
  const counts = { taken: 0, unchanged: 0, refused: 0 };
  const importing = importOriginal(reader, database, { now: io.clock.now(), isDryRun, actor, signal: io.signal });
  for await (const collection of importing) {
    counts[collection.outcome] += 1;
    if (isJson) printLine(io.stdout, JSON.stringify(collection));
    else printCollection(collection, isQuiet, io);
  }
  if (io.signal.aborted) throw new ExitError(130, 'stopped: run it again to go on');
  const would = isDryRun ? 'would be ' : '';
  if (!isQuiet && !isJson) {
    const { taken, unchanged, refused } = counts;
    printLine(
      io.stdout,
      `${describeOriginal(location)}: ${taken} ${would}taken, ${unchanged} unchanged, ${refused} refused`,
    );
  }
  return counts.refused === 0;
}

function printCollection(collection: ImportedCollection, isQuiet: boolean, io: Io): void {
  const { gun, outcome, reason, added, files, warnings } = collection;
  if (outcome === 'refused') printLine(io.stderr, `${gun}: refused: ${reason}`);
  else if (!isQuiet) printLine(io.stdout, `${gun}: ${added} of ${humanCount(files, 'file')} new`);
  for (const { role, version, problem } of warnings) printLine(io.stderr, `${gun}: ${role} ${version}: ${problem}`);
}

async function takeKeys(
  keysFrom: string,
  { signerDatabase = '', isDryRun, isQuiet, isJson }: ImportOptions,
  io: Io,
): Promise<boolean> {
  const location = /\.json$/.test(keysFrom) ? await readOriginalConfig(keysFrom, io) : parseOriginalLocation(keysFrom);
  await using reader = await openSqlReader(location);
  await using signer = await openSignerDatabase(parseDatabaseLocation(resolveLocation(signerDatabase, io)));
  const { added, unchanged, refused } = await importKeys(reader, signer, isDryRun);
  if (isJson) printLine(io.stdout, JSON.stringify({ keys: { added, unchanged, refused } }));
  else {
    for (const { keyid, reason } of refused) printLine(io.stderr, `key ${keyid}: refused: ${reason}`);
    if (!isQuiet) printLine(io.stdout, `keys: ${added} new, ${unchanged} unchanged, ${refused.length} refused`);
  }
  return refused.length === 0;
}
