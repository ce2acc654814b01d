import { atLeast, defineCommand } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { containerClient } from './container-client.ts';
import { eachContainer } from './each-container.ts';

const changes = (verb: 'pause' | 'unpause', summary: string) =>
  defineCommand({
    usage: 'CONTAINER [CONTAINER...]',
    summary,
    aliases: [`container ${verb}`, verb],
    flags: {},
    arguments: atLeast(1),
    parse: (_, names) => names,
    run: (names, io) =>
      withEngine(io, ({ engine }) =>
        eachContainer(io, names, async (name) => {
          await containerClient(engine, name).change(verb);
          return undefined;
        }),
      ),
  });

/** `container pause`, and `pause`. */
export const pause = changes('pause', 'Pause all processes within one or more containers');

/** `container unpause`, and `unpause`. */
export const unpause = changes('unpause', 'Unpause all processes within one or more containers');
