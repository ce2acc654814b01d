import { atLeast, type Command, defineCommand, ExitError } from '../command.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { OBJECT_FORMAT } from '../list-format.ts';
import { imageInspection } from '../template/types/image.ts';

/** `image inspect`: images in full. */
export const imageInspect: Command = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Display detailed information on one or more images',
  flags: {
    format: OBJECT_FORMAT,
    platform: {
      kind: 'string',
      help: "Inspect a specific platform of the multi-platform image.\nIf the image or the server is not multi-platform capable, the command will error out if the platform does not match.\n'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)",
    },
  },
  arguments: atLeast(1),
  parse: ({ format, platform }, names) => ({ names, format, platform }),
  run: ({ names, format, platform }, io) =>
    inspectObjects(io, names, format, async (engine, name) => {
      if (name === '') throw new ExitError(1, 'Error: No such image: ');
      return { text: await engine.inspectImage(name, { platform }), type: imageInspection };
    }),
});
