import { errorMessage, packageVersion } from '../../core/index.ts';
import type { LogLevel } from '../../registry/index.ts';
import type { ReadSettings } from '../../settings/index.ts';
import { UsageError } from '../command.ts';
import type { FlagSpecs } from '../flags.ts';
import { type Io, printLine } from '../io.ts';
import { runServer } from './run-server.ts';
import { openServerLog, type ServerLog, shiftLevel } from './server-log.ts';
import { logWarnings } from './settings-file.ts';

const FORMATTERS = new Map([
  ['json', 'json'],
  ['logfmt', 'text'],
] as const);

/** The flags that notary-server and notary-signer have alike. */
export const originalFlags = {
  config: { kind: 'string', value: 'file', help: 'Configuration file, as the argument' },
  logf: { kind: 'string', value: 'format', help: 'Format of the log: json or logfmt (default: logfmt in a terminal)' },
  bootstrap: { kind: 'boolean', help: 'Bring the database to its present form, and end' },
  version: { kind: 'boolean', help: 'Print the version, and end' },
} as const satisfies FlagSpecs;

export interface OriginalOptions {
  readonly path: string | undefined;
  readonly formatter: 'text' | 'json' | undefined;
  readonly isBootstrap: boolean;
  readonly isVersion: boolean;
}

interface OriginalFlags {
  readonly config?: string | undefined;
  readonly logf?: string | undefined;
  readonly bootstrap?: boolean | undefined;
  readonly version?: boolean | undefined;
}

/** @throws {UsageError} */
export function originalOptions({ config, logf, bootstrap, version }: OriginalFlags, path?: string): OriginalOptions {
  if (path !== undefined && config !== undefined) throw new UsageError('the configuration file is given twice');
  const formatter = logf === undefined ? undefined : FORMATTERS.get(logf as 'json' | 'logfmt');
  if (logf !== undefined && !formatter)
    throw new UsageError(`-logf: want json or logfmt, found ${JSON.stringify(logf)}`);
  return { path: path ?? config, formatter, isBootstrap: bootstrap ?? false, isVersion: version ?? false };
}

/** A server that takes the place of one of Notary's. */
export interface OriginalProgram<Config> {
  /** The one it takes the place of. */
  readonly name: 'notary-server' | 'notary-signer';
  /** @throws {ConfigurationError | ExitError} */
  read(io: Io): Promise<ReadSettings<Config>>;
  /** Has tables made where there are none yet, or old ones. */
  bootstrap(config: Config): Promise<void>;
  serve(
    config: Config,
    log: ServerLog,
  ): Promise<{ readonly url: string; reload(renewed: Config): Promise<void>; stop(): Promise<void> }>;
}

/** Runs it in the foreground, as its flags say: until it is told to stop, unless there is less to do. */
export async function runOriginal<Config extends { readonly logLevel: LogLevel }>(
  program: OriginalProgram<Config>,
  { formatter, isBootstrap, isVersion }: OriginalOptions,
  io: Io,
): Promise<number> {
  if (isVersion) {
    printLine(
      io.stdout,
      `${program.name} Version: trustsandbox ${packageVersion}, Node.js version: ${process.version}`,
    );
    return 0;
  }
  const { value: config, warnings } = await program.read(io);
  const log = openServerLog({ level: config.logLevel, formatter, fields: {} }, io.stderr, io.clock);
  logWarnings(warnings, log);
  if (isBootstrap) {
    await program.bootstrap(config);
    return 0;
  }
  using _ = io.onVerbosity((step) => {
    log.level = shiftLevel(log.level, step);
    log.error('log level changed', { to: log.level }); // of any level, or it could not be seen
  });
  return await runServer(() => start(program, config, log, io), io, log);
}

async function start<Config extends { readonly logLevel: LogLevel }>(
  program: OriginalProgram<Config>,
  config: Config,
  log: ServerLog,
  io: Io,
) {
  const { url, reload, stop } = await program.serve(config, log);
  const reloadFiles = async (): Promise<void> => {
    try {
      const { value: renewed, warnings } = await program.read(io);
      logWarnings(warnings, log);
      log.level = renewed.logLevel;
      await reload(renewed);
    } catch (error) {
      log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
    }
  };
  return { url, reload: reloadFiles, stop };
}
