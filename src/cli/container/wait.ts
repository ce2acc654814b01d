import { isJsonObject } from '../../core/index.ts';
import { type EngineClient, EngineProtocolError } from '../../engine/client/index.ts';
import { atLeast, defineCommand, ExitError } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import { printLine } from '../io.ts';
import { containerClient, objectOf } from './container-client.ts';
import { engineMessage } from './each-container.ts';

/** `container wait`, and `wait`: with what containers end, one after the other. */
export const wait = defineCommand({
  usage: 'CONTAINER [CONTAINER...]',
  summary: 'Block until one or more containers stop, then print their exit codes',
  aliases: ['container wait', 'wait'],
  flags: {},
  arguments: atLeast(1),
  parse: (_, names) => names,
  run: (names, io) =>
    withEngine(io, async ({ engine }) => {
      const problems: string[] = [];
      for (const name of names) {
        try {
          printLine(io.stdout, String(await waitFor(engine, name, io.signal)));
        } catch (thrown) {
          problems.push(engineMessage(thrown));
        }
      }
      if (problems.length > 0) throw new ExitError(1, problems.join('\n'));
      return 0;
    }),
});

/** The status a container ends with (Engine API v1.50, `ContainerWait`). */
export async function waitFor(
  engine: EngineClient,
  name: string,
  signal?: AbortSignal,
  condition?: 'next-exit',
): Promise<number> {
  const path = containerClient(engine, name).path('/wait');
  const { StatusCode: status, Error: error } = objectOf(
    await engine.connection.json({ method: 'POST', path, query: { condition }, signal }),
  );
  if (isJsonObject(error) && typeof error.Message === 'string' && error.Message !== '') {
    throw new EngineProtocolError(error.Message);
  }
  return typeof status === 'number' ? status : 0;
}
