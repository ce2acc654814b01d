import { EngineResponseError } from '../../engine/client/index.ts';
import { atLeast, defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';
import { containerClient } from './container-client.ts';
import { eachContainer } from './each-container.ts';

/** `container rm`, and `rm`. */
export const containerRm = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Remove one or more containers',
  aliases: ['container rm', 'container remove', 'rm'],
  flags: {
    force: { kind: 'boolean', short: 'f', help: 'Force the removal of a running container (uses SIGKILL)' },
    link: { kind: 'boolean', short: 'l', help: 'Remove the specified link' },
    volumes: { kind: 'boolean', short: 'v', help: 'Remove anonymous volumes associated with the container' },
  },
  arguments: atLeast(1),
  parse: ({ force = false, link = false, volumes = false }, names) => ({
    names,
    force,
    query: { force: on(force), link: on(link), v: on(volumes) },
  }),
  run: ({ names, force, query }, io) =>
    withEngine(io, async ({ engine }) => {
      const missing: string[] = [];
      const status = await eachContainer(io, names, async (given) => {
        const name = given.replace(/^\/+/, '').trim();
        if (name === '') throw new ExitError(1, 'container name cannot be empty');
        try {
          await containerClient(engine, name).remove(query);
        } catch (thrown) {
          // by force, what is not there is as good as removed
          if (!(force && thrown instanceof EngineResponseError && thrown.status === 404)) throw thrown;
          missing.push(thrown.message);
          return null;
        }
        return name;
      });
      for (const message of missing) printLine(io.stderr, message);
      return status;
    }),
});

function on(flag: boolean): string | undefined {
  return flag ? '1' : undefined;
}
