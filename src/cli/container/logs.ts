import { formatApiTime } from '../../engine/client/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { containerClient, hasTerminal } from './container-client.ts';
import { writeOutput } from './conversation.ts';

/** `container logs`, and `logs`: both outputs of a container, each to its own. */
export const logs = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  summary: 'Fetch the logs of a container',
  aliases: ['container logs', 'logs'],
  flags: {
    details: { kind: 'boolean', help: 'Show extra details provided to logs' },
    follow: { kind: 'boolean', short: 'f', help: 'Follow log output' },
    since: {
      kind: 'string',
      help: 'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
    tail: {
      kind: 'string',
      short: 'n',
      help: 'Number of lines to show from the end of the logs (default "all")',
    },
    timestamps: { kind: 'boolean', short: 't', help: 'Show timestamps' },
    until: {
      kind: 'string',
      help: 'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
    },
  },
  arguments: exactly(1),
  parse: (flags, [name = '']) => ({ ...flags, name }),
  run: ({ name, details, follow, since, tail = 'all', timestamps, until }, io) =>
    withEngine(io, async ({ engine }) => {
      const container = containerClient(engine, name);
      const isRaw = hasTerminal(await container.inspect());
      const timeOf = (flag: string, text: string | undefined): string | undefined => {
        try {
          return text && formatApiTime(text, io.clock.now());
        } catch (cause) {
          throw new ExitError(1, `invalid value for "${flag}": ${(cause as Error).message}`, { cause });
        }
      };
      const query = {
        details: on(details),
        follow: on(follow),
        since: timeOf('since', since),
        stderr: '1',
        stdout: '1',
        tail,
        timestamps: on(timestamps),
        until: timeOf('until', until),
      };
      const path = container.path('/logs');
      const reply = await engine.connection.send({ method: 'GET', path, query, signal: io.signal });
      await writeOutput(io, reply as AsyncIterable<Uint8Array>, isRaw);
      return 0;
    }),
});

function on(flag: boolean | undefined): string | undefined {
  return flag ? '1' : undefined;
}
