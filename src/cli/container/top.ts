import type { JsonValue } from '../../core/index.ts';
import { atLeast, defineCommand } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { formatTable } from '../table.ts';
import { containerClient, objectOf } from './container-client.ts';

const MIN_WIDTH = 20;

/** `container top`, and `top`. */
export const top = defineCommand({
  usage: 'CONTAINER [ps OPTIONS]',
  summary: 'Display the running processes of a container',
  aliases: ['container top', 'top'],
  flags: {},
  arguments: atLeast(1),
  stopAtArgument: true,
  parse: (_, [name = '', ...psArguments]) => ({ name, psArguments: psArguments.join(' ') }),
  async run({ name, psArguments }, io) {
    const { Titles: titles, Processes: processes } = await withEngine(io, async ({ engine }) => {
      const query = { ps_args: psArguments || undefined };
      const path = containerClient(engine, name).path('/top');
      return objectOf(await engine.connection.json({ method: 'GET', path, query }));
    });
    io.stdout.write(formatTable([textsOf(titles), ...listOf(processes).map(textsOf)], MIN_WIDTH));
    return 0;
  },
});

function textsOf(value: JsonValue | undefined): string[] {
  return listOf(value).map(String);
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
