import { atMost, defineCommand } from '../command.ts';
import { eraseCredentials, HUB_SERVER, hostOf } from '../credentials.ts';
import { readDockerConfig } from '../docker-config.ts';
import { printLine } from '../io.ts';
import { findSurroundings } from '../surroundings.ts';

/** `logout`: forgets the credentials of a registry. */
export const logout = defineCommand({
  usage: '[SERVER]',
  summary: 'Log out from a registry.\nIf no server is specified, the default is defined by the daemon.',
  flags: {},
  arguments: atMost(1),
  parse: (_, [server = '']) => ({ server }),
  async run({ server }, io) {
    const { dockerConfig } = await findSurroundings(io);
    const host = server === '' ? HUB_SERVER : hostOf(server);
    printLine(io.stdout, `Removing login credentials for ${host}`);
    const names = server === '' ? [HUB_SERVER] : [server, host, `http://${host}`, `https://${host}`];
    const failures = await eraseCredentials(await readDockerConfig(dockerConfig), [...new Set(names)]);
    if (failures.size < names.length) return 0; // as docker counts: one of the spellings could be erased
    printLine(io.stderr, 'WARNING: could not erase credentials:');
    for (const [name, { message }] of failures) printLine(io.stderr, `${name}: ${message}`);
    return 0;
  },
});
