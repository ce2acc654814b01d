import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type NotaryDatabase, openNotaryDatabase, parseServerConfig, type ServerConfig } from '../../notary/index.ts';
import { parseDatabaseLocation } from '../../storage/index.ts';
import { ExitError } from '../command.ts';
import type { FlagSpecs, Flags } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { notaryServerFolder, serverSurroundings } from '../serve/notary-folder.ts';
import { readSettingsFile } from '../serve/settings-file.ts';

/** How a command is told which Notary server's database is meant. */
export const databaseFlags = {
  config: { kind: 'string', value: 'file', help: "The server's configuration file (default: NOTARY_SERVER_* alone)" },
  database: {
    kind: 'string',
    value: 'location',
    help: 'The database, in place of what the configuration says: a SQLite file or a postgres:// URL',
  },
} as const satisfies FlagSpecs;

export interface DatabaseOptions {
  /** The server's configuration file; without it, `NOTARY_SERVER_*` and the database of `serve notary`. */
  readonly configPath: string | undefined;
  readonly location: string | undefined;
}

export function databaseOptions({ config, database }: Flags<typeof databaseFlags>): DatabaseOptions {
  return { configPath: config, location: database };
}

/** The server that is meant: its configuration, and where its database is. */
export interface MeantServer {
  readonly config: ServerConfig;
  readonly location: string;
  /** Folder of a server's own files: the secret of its keys. */
  readonly folder: string;
}

/** @throws {ConfigurationError | ExitError} */
export async function meantServer({ configPath, location }: DatabaseOptions, io: Io): Promise<MeantServer> {
  const file = configPath === undefined ? undefined : await readSettingsFile(configPath, io);
  const { value: config, warnings } = parseServerConfig(file, serverSurroundings(io));
  for (const warning of warnings) printLine(io.stderr, `configuration: ${warning}`);
  const said = location === undefined ? undefined : resolveLocation(location, io);
  return { config, location: said ?? config.database, folder: notaryServerFolder(io.env) };
}

/** The database of the server that is meant, which has to be there. @throws {ConfigurationError | ExitError | MigrationError} */
export async function openMeantDatabase(options: DatabaseOptions, io: Io): Promise<NotaryDatabase> {
  const { location } = await meantServer(options, io);
  return openExistingDatabase(location);
}

/** A name that was mistyped is not to become an empty database, of which all is well. @throws {ExitError | MigrationError} */
export async function openExistingDatabase(location: string): Promise<NotaryDatabase> {
  const parsed = parseDatabaseLocation(location);
  if (parsed.kind === 'sqlite' && !existsSync(parsed.path)) throw new ExitError(1, `${parsed.path}: no such database`);
  return openNotaryDatabase(parsed);
}

/** A SQLite path is relative to the working folder. */
export function resolveLocation(text: string, io: Io): string {
  const parsed = parseDatabaseLocation(text);
  return parsed.kind === 'sqlite' ? resolve(io.cwd, parsed.path) : text;
}
