import { atLeast, defineCommand } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { type FlagSpecs, refuseNonInteger } from '../flags.ts';
import { containerClient } from './container-client.ts';
import { eachContainer } from './each-container.ts';

const flags = {
  signal: { kind: 'string', short: 's', help: 'Signal to send to the container' },
  timeout: {
    kind: 'string',
    value: 'int',
    short: 't',
    help: 'Seconds to wait before killing the container',
    refuse: refuseNonInteger,
  },
  time: { kind: 'string', value: 'int', help: '', hidden: true, refuse: refuseNonInteger },
} as const satisfies FlagSpecs;

const ends = (verb: 'stop' | 'restart', summary: string) =>
  defineCommand({
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    summary,
    aliases: [`container ${verb}`, verb],
    flags,
    arguments: atLeast(1),
    parse: ({ signal, timeout, time }, names) => ({
      names,
      query: {
        signal,
        t: timeout ?? time,
      },
    }),
    run: ({ names, query }, io) =>
      withEngine(io, ({ engine }) =>
        eachContainer(io, names, async (name) => {
          await containerClient(engine, name).change(verb, query);
          return undefined;
        }),
      ),
  });

/** `container stop`, and `stop`. */
export const stop = ends('stop', 'Stop one or more running containers');

/** `container restart`, and `restart`. */
export const restart = ends('restart', 'Restart one or more containers');

/** `container kill`, and `kill`. */
export const kill = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Kill one or more running containers',
  aliases: ['container kill', 'kill'],
  flags: { signal: flags.signal },
  arguments: atLeast(1),
  parse: ({ signal }, names) => ({ signal, names }),
  run: ({ signal, names }, io) =>
    withEngine(io, ({ engine }) =>
      eachContainer(io, names, async (name) => {
        await containerClient(engine, name).change('kill', { signal });
        return undefined;
      }),
    ),
});
