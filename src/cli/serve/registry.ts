import { join } from 'node:path';
import { PATH_VARIABLE, parseConfig, serveRegistry } from '../../registry/index.ts';
import { sandboxHome } from '../../sandbox/client/index.ts';
import { atMost, defineCommand } from '../command.ts';
import { runServer } from './run-server.ts';
import { openServerLog } from './server-log.ts';
import { logWarnings, readSettingsFile } from './settings-file.ts';

/** Folder of a registry without a configuration file; no sandbox can have this name. */
const FOLDER = '_registry';

/** `serve registry`: a registry in the foreground, by distribution's configuration file and `REGISTRY_*`. */
export const serveRegistryCommand = defineCommand({
  usage: '[CONFIG]',
  summary:
    "Serve a registry in the foreground, as CNCF distribution's configuration file and REGISTRY_* variables say.\n" +
    'SIGTERM stops it when requests are done; SIGHUP reads certificates and users anew.',
  flags: {},
  arguments: atMost(1),
  parse: (_, [path]): { path: string | undefined } => ({ path }),
  async run({ path }, io) {
    const configPath = path ?? io.env[PATH_VARIABLE];
    const file = configPath ? await readSettingsFile(configPath, io) : undefined;
    const stateFolder = join(sandboxHome(io.env), FOLDER);
    const { value: config, warnings } = parseConfig(file, io.env, join(stateFolder, 'data'));
    const log = openServerLog(config.log, io.stderr, io.clock);
    logWarnings(warnings, log);
    const start = async () => {
      const { listener, reload, stop } = await serveRegistry(config, { log, clock: io.clock, stateFolder });
      return { url: listener.url, reload, stop };
    };
    return runServer(start, io, log);
  },
});
