import { defineCommand, exactly } from '../command.ts';
import { runServer } from './run-server.ts';
import { serveTokens } from './serve-tokens.ts';
import { openServerLog } from './server-log.ts';
import { logWarnings, readSettingsFile } from './settings-file.ts';
import { parseTokenConfig } from './token-config.ts';

/** `serve tokens`: one file of users for registries and Notary servers. */
export const serveTokensCommand = defineCommand({
  usage: 'CONFIG',
  summary:
    'Serve tokens in the foreground: users and their grants for registries and Notary servers.\n' +
    'SIGTERM stops it when requests are done; SIGHUP reads certificate and users anew.',
  flags: {},
  arguments: exactly(1),
  parse: (_, [path = '']): { path: string } => ({ path }),
  async run({ path }, io) {
    const { value: config, warnings } = parseTokenConfig(await readSettingsFile(path, io), io.env);
    const log = openServerLog(config.log, io.stderr, io.clock);
    logWarnings(warnings, log);
    const start = async () => {
      const { listener, reload, stop } = await serveTokens(config, { log, clock: io.clock });
      return { url: listener.url, reload, stop };
    };
    return runServer(start, io, log);
  },
});
