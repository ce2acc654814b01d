import { atLeast, type Command, defineCommand } from '../command.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { volumeInspection } from '../template/types/volume.ts';

/** `volume inspect`: volumes in full. */
export const volumeInspect: Command = defineCommand({
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  summary: 'Display detailed information on one or more volumes',
  flags: { format: OBJECT_FORMAT },
  arguments: atLeast(1),
  parse: ({ format }, names) => ({ names, format }),
  run: ({ names, format }, io) =>
    inspectObjects(io, names, format, async ({ connection }, name) => ({
      text: await connection.text({ method: 'GET', path: `/volumes/${name}` }),
      type: volumeInspection,
      isTypedOnly: true,
    })),
});
