import { parseTcpAddress } from '../../http/index.ts';
import { openNotaryDatabase, parseServerConfig, type ServerConfig, serveNotary } from '../../notary/index.ts';
import type { ReadSettings } from '../../settings/index.ts';
import { atMost, defineCommand } from '../command.ts';
import type { Io } from '../io.ts';
import { notaryServerFolder, serverSurroundings } from './notary-folder.ts';
import { type OriginalOptions, originalFlags, originalOptions, runOriginal } from './original-program.ts';
import { readSettingsFile } from './settings-file.ts';

interface ServeNotaryOptions extends OriginalOptions {
  readonly isDebug: boolean;
}

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
    ...originalFlags,
    debug: { kind: 'boolean', help: `Serve health and metrics on ${DEBUG_ADDRESS} too` },
  },
  hasGoFlags: true,
  arguments: atMost(1),
  parse: (flags, [path]): ServeNotaryOptions => ({
    ...originalOptions(flags, path),
    isDebug: flags.debug ?? false,
  }),
  run: (options, io) =>
    runOriginal(
      {
        name: 'notary-server',
        read: () => readConfig(options, io),
        async bootstrap({ database }) {
          await using _ = await openNotaryDatabase(database);
        },
        async serve(config, log) {
          const stateFolder = notaryServerFolder(io.env);
          const { listener, debugUrl, ...served } = await serveNotary(config, { log, clock: io.clock, stateFolder });
          if (debugUrl) log.info('health and metrics', { url: debugUrl });
          return { url: listener.url, ...served };
        },
      },
      options,
      io,
    ),
});

async function readConfig({ path, isDebug }: ServeNotaryOptions, io: Io): Promise<ReadSettings<ServerConfig>> {
  const file = path === undefined ? undefined : await readSettingsFile(path, io);
  const { value, warnings } = parseServerConfig(file, serverSurroundings(io));
  const debugAddress = value.debugAddress ?? (isDebug ? parseTcpAddress(DEBUG_ADDRESS) : undefined);
  return { value: { ...value, debugAddress }, warnings };
}
