import { atLeast, type Command, defineCommand } from '../command.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { containerInspection } from '../template/types/container.ts';
import { containerClient } from './container-client.ts';

/** `container inspect`: containers in full. */
export const containerInspect: Command = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Display detailed information on one or more containers',
  flags: {
    format: OBJECT_FORMAT,
    size: { kind: 'boolean', short: 's', help: 'Display total file sizes' },
  },
  arguments: atLeast(1),
  parse: ({ format, size = false }, names) => ({ names, format, size }),
  run: ({ names, format, size }, io) =>
    inspectObjects(io, names, format, async (engine, name) => {
      const path = containerClient(engine, name).path('/json');
      const query = { size: size ? '1' : undefined };
      return { text: await engine.connection.text({ method: 'GET', path, query }), type: containerInspection };
    }),
});
