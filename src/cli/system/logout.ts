import { atMost, defineCommand } from '../command.ts';
import { eraseCredentials } from '../credentials.ts';
import { readDockerConfig } from '../docker-config.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';
import { readServer } from './login.ts';

/** `logout`: forgets the credentials of a registry. */
export const logout = defineCommand({
  usage: '[SERVER]',
  summary: 'Log out from a registry.\nIf no server is specified, the default is defined by the daemon.',
  flags: {},
  arguments: atMost(1),
  parse: (_, [server = '']) => ({ server: readServer(server) }),
  async run({ server }, io) {
    const { dockerConfig } = await findSurroundings(io);
    printLine(io.stdout, `Removing login credentials for ${server}`);
    await eraseCredentials(await readDockerConfig(dockerConfig), server);
    return 0;
  },
});
