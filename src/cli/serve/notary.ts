import { errorMessage } from '../../core/index.ts';
import { parseTcpAddress } from '../../http/index.ts';
import { openNotaryDatabase, parseServerConfig, type ServerConfig, serveNotary } from '../../notary/index.ts';
import type { ReadSettings } from '../../settings/index.ts';
import { atMost, defineCommand, UsageError } from '../command.ts';
import type { Io } from '../io.ts';
import { notaryServerFolder, serverSurroundings } from './notary-folder.ts';
import { runServer } from './run-server.ts';
import { openServerLog, type ServerLog, shiftLevel } from './server-log.ts';
import { logWarnings, readSettingsFile } from './settings-file.ts';

interface ServeNotaryOptions {
  readonly path: string | undefined;
  readonly formatter: 'text' | 'json' | undefined;
  readonly isDebug: boolean;
  readonly isBootstrap: boolean;
}

const FORMATTERS = new Map([
  ['json', 'json'],
  ['logfmt', 'text'],
] as const);
/** The original's. */
const DEBUG_ADDRESS = 'localhost:8080';

/** `serve notary`: a Notary server in the foreground, by notary-server's configuration file, flags and `NOTARY_SERVER_*`. */
export const serveNotaryCommand = defineCommand({
  usage: '[OPTIONS] [CONFIG]',
  summary:
    "Serve trust metadata in the foreground, as notary-server's configuration file and NOTARY_SERVER_* variables say.\n" +
    'SIGTERM stops it when requests are done; SIGHUP reads configuration and certificates anew; SIGUSR1 has the log say\n' +
    'more, SIGUSR2 less.',
  flags: {
    config: { kind: 'string', value: 'file', help: 'Configuration file, as the argument' },
    logf: {
      kind: 'string',
      value: 'format',
      help: 'Format of the log: json or logfmt (default: logfmt in a terminal)',
    },
    debug: { kind: 'boolean', help: `Serve health and metrics on ${DEBUG_ADDRESS} too` },
    bootstrap: { kind: 'boolean', help: 'Bring the database to its present form, and end' },
  },
  hasGoFlags: true,
  arguments: atMost(1),
  parse(flags, [path]): ServeNotaryOptions {
    if (path !== undefined && flags.config !== undefined) throw new UsageError('the configuration file is given twice');
    const formatter = flags.logf === undefined ? undefined : FORMATTERS.get(flags.logf as 'json' | 'logfmt');
    if (flags.logf !== undefined && !formatter)
      throw new UsageError(`-logf: want json or logfmt, found ${JSON.stringify(flags.logf)}`);
    return {
      path: path ?? flags.config,
      formatter,
      isDebug: flags.debug ?? false,
      isBootstrap: flags.bootstrap ?? false,
    };
  },
  async run(options, io) {
    const { value: config, warnings } = await readConfig(options, io);
    const log = openServerLog(
      { level: config.logLevel, formatter: options.formatter, fields: {} },
      io.stderr,
      io.clock,
    );
    logWarnings(warnings, log);
    if (options.isBootstrap) {
      await using _ = await openNotaryDatabase(config.database);
      return 0;
    }
    using _ = io.onVerbosity((step) => {
      log.level = shiftLevel(log.level, step);
      log.error('log level changed', { to: log.level }); // of any level, or it could not be seen
    });
    return await runServer(() => start(config, options, io, log), io, log);
  },
});

async function start(config: ServerConfig, options: ServeNotaryOptions, io: Io, log: ServerLog) {
  const stateFolder = notaryServerFolder(io.env);
  const { listener, debugUrl, reload, stop } = await serveNotary(config, { log, clock: io.clock, stateFolder });
  if (debugUrl) log.info('health and metrics', { url: debugUrl });
  const reloadFiles = async (): Promise<void> => {
    try {
      const { value: renewed, warnings } = await readConfig(options, io);
      logWarnings(warnings, log);
      log.level = renewed.logLevel;
      await reload(renewed);
    } catch (error) {
      log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
    }
  };
  return { url: listener.url, reload: reloadFiles, stop };
}

async function readConfig({ path, isDebug }: ServeNotaryOptions, io: Io): Promise<ReadSettings<ServerConfig>> {
  const file = path === undefined ? undefined : await readSettingsFile(path, io);
  const { value, warnings } = parseServerConfig(file, serverSurroundings(io));
  const debugAddress = value.debugAddress ?? (isDebug ? parseTcpAddress(DEBUG_ADDRESS) : undefined);
  return { value: { ...value, debugAddress }, warnings };
}
