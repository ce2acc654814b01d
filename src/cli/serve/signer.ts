import { errorMessage } from '../../core/index.ts';
import { parseSignerConfig, type SignerConfig, serveSigner } from '../../notary/index.ts';
import type { ReadSettings } from '../../settings/index.ts';
import { atMost, defineCommand, UsageError } from '../command.ts';
import type { Io } from '../io.ts';
import { runServer } from './run-server.ts';
import { openServerLog, type ServerLog, shiftLevel } from './server-log.ts';
import { logWarnings, readSettingsFile } from './settings-file.ts';

interface ServeSignerOptions {
  readonly path: string | undefined;
  readonly formatter: 'text' | 'json' | undefined;
}

const FORMATTERS = new Map([
  ['json', 'json'],
  ['logfmt', 'text'],
] as const);

/** `serve signer`: a signer in the foreground, by notary-signer's configuration file, flags and `NOTARY_SIGNER_*`. */
export const serveSignerCommand = defineCommand({
  usage: '[OPTIONS] [CONFIG]',
  summary:
    "Keep the keys of Notary servers in the foreground, as notary-signer's configuration file and NOTARY_SIGNER_* variables\n" +
    'say. SIGTERM stops it when calls are done; SIGHUP reads certificates and passphrases anew; SIGUSR1 has the log say\n' +
    'more, SIGUSR2 less.',
  flags: {
    config: { kind: 'string', value: 'file', help: 'Configuration file, as the argument' },
    logf: {
      kind: 'string',
      value: 'format',
      help: 'Format of the log: json or logfmt (default: logfmt in a terminal)',
    },
    debug: { kind: 'boolean', hidden: true, help: '' }, // the original serves its profiler
  },
  hasGoFlags: true,
  arguments: atMost(1),
  parse(flags, [path]): ServeSignerOptions {
    if (path !== undefined && flags.config !== undefined) throw new UsageError('the configuration file is given twice');
    const formatter = flags.logf === undefined ? undefined : FORMATTERS.get(flags.logf as 'json' | 'logfmt');
    if (flags.logf !== undefined && !formatter)
      throw new UsageError(`-logf: want json or logfmt, found ${JSON.stringify(flags.logf)}`);
    return { path: path ?? flags.config, formatter };
  },
  async run(options, io) {
    const { value: config, warnings } = await readSignerConfig(options.path, io);
    const log = openServerLog(
      { level: config.logLevel, formatter: options.formatter, fields: {} },
      io.stderr,
      io.clock,
    );
    logWarnings(warnings, log);
    using _ = io.onVerbosity((step) => {
      log.level = shiftLevel(log.level, step);
      log.error('log level changed', { to: log.level }); // of any level, or it could not be seen
    });
    return await runServer(() => start(config, options, io, log), io, log);
  },
});

async function start(config: SignerConfig, { path }: ServeSignerOptions, io: Io, log: ServerLog) {
  const { url, reload, stop } = await serveSigner(config, { log, clock: io.clock });
  const reloadFiles = async (): Promise<void> => {
    try {
      const { value: renewed, warnings } = await readSignerConfig(path, io);
      logWarnings(warnings, log);
      log.level = renewed.logLevel;
      await reload(renewed);
    } catch (error) {
      log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
    }
  };
  return { url, reload: reloadFiles, stop };
}

/** @throws {ConfigurationError | ExitError} */
export async function readSignerConfig(path: string | undefined, io: Io): Promise<ReadSettings<SignerConfig>> {
  const file = path === undefined ? undefined : await readSettingsFile(path, io);
  return parseSignerConfig(file, { environment: io.env, cwd: io.cwd });
}
