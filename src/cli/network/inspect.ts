import { atLeast, type Command, defineCommand } from '../command.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { networkInspection } from '../template/types/network.ts';

/** `network inspect`: networks in full. */
export const networkInspect: Command = defineCommand({
  usage: '[OPTIONS] NETWORK [NETWORK...]',
  summary: 'Display detailed information on one or more networks',
  flags: {
    format: OBJECT_FORMAT,
    verbose: { kind: 'boolean', short: 'v', help: 'Verbose output for diagnostics' },
  },
  arguments: atLeast(1),
  parse: ({ format, verbose = false }, names) => ({ names, format, verbose }),
  run: ({ names, format, verbose }, io) =>
    inspectObjects(io, names, format, async ({ connection }, name) => {
      const query = { verbose: verbose ? 'true' : undefined };
      return {
        text: await connection.text({ method: 'GET', path: `/networks/${name}`, query }),
        type: networkInspection,
      };
    }),
});
