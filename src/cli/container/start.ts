import { atLeast, defineCommand, ExitError } from '../command.ts';
import type { EngineSession } from '../engine-session.ts';
import { withEngine } from '../engine-session.ts';
import { type Io, printLine } from '../io.ts';
import { forwardSignals, openAttachment } from './attach.ts';
import { containerClient, hasTerminal } from './container-client.ts';
import { engineMessage } from './each-container.ts';
import { checkTerminal } from './exec-options.ts';
import { waitFor } from './wait.ts';

/** `container start`, and `start`. */
export const start = defineCommand({
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  summary: 'Start one or more stopped containers',
  aliases: ['container start', 'start'],
  flags: {
    attach: { kind: 'boolean', short: 'a', help: 'Attach STDOUT/STDERR and forward signals' },
    checkpoint: { kind: 'string', help: 'Restore from this checkpoint', hidden: true },
    'checkpoint-dir': { kind: 'string', help: 'Use a custom checkpoint storage directory', hidden: true },
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container' },
    interactive: { kind: 'boolean', short: 'i', help: "Attach container's STDIN" },
  },
  arguments: atLeast(1),
  parse: ({ attach = false, interactive = false, ...flags }, names) => ({
    names,
    isAttached: attach || interactive,
    hasInput: interactive,
    keys: flags['detach-keys'],
  }),
  run({ names, isAttached, hasInput, keys }, io) {
    const [name, ...others] = names;
    if (isAttached && name !== undefined) {
      if (others.length > 0) throw new ExitError(1, 'you cannot start and attach multiple containers at once');
      return withEngine(io, (session) => startAttached(io, session, name, hasInput, keys));
    }
    return withEngine(io, (session) => startAll(io, session, names));
  },
});

/** One after the other: others may need what stands before them. */
async function startAll(io: Io, { engine }: EngineSession, names: readonly string[]): Promise<number> {
  const failed: string[] = [];
  for (const name of names) {
    try {
      await containerClient(engine, name).change('start');
      printLine(io.stdout, name);
    } catch (thrown) {
      printLine(io.stderr, engineMessage(thrown));
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new ExitError(1, `Error: failed to start containers: ${failed.join(', ')}`);
  return 0;
}

/** Attaches first, so that nothing it says is lost. @returns what it ended with */
async function startAttached(
  io: Io,
  { engine }: EngineSession,
  name: string,
  hasInput: boolean,
  detachKeys: string | undefined,
): Promise<number> {
  const client = containerClient(engine, name);
  const container = await client.inspect();
  checkTerminal({ hasTerminal: hasTerminal(container), hasInput }, io);
  using _signals = forwardSignals(io, client, container);
  const attachment = await openAttachment(io, engine, name, container, { hasInput, detachKeys, passesSignals: true });
  const ended = waitFor(engine, name, undefined, 'next-exit');
  ended.catch(() => undefined);
  await client.change('start');
  await attachment.run();
  return await ended;
}
