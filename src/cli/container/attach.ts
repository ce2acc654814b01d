import { isJsonObject, type JsonObject } from '../../core/index.ts';
import type { EngineClient } from '../../engine/client/index.ts';
import { defineCommand, ExitError, exactly } from '../command.ts';
import { withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { type ContainerClient, containerClient, hasTerminal } from './container-client.ts';
import { converse } from './conversation.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { checkTerminal } from './exec-options.ts';
import { followSize } from './terminal-size.ts';
import { waitFor } from './wait.ts';

/** `container attach`, and `attach`: our input and outputs are those of a container, until it ends or is left. */
export const attach = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  summary: 'Attach local standard input, output, and error streams to a running container',
  aliases: ['container attach', 'attach'],
  flags: {
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container' },
    'no-stdin': { kind: 'boolean', help: 'Do not attach STDIN' },
    'sig-proxy': { kind: 'boolean', help: 'Proxy all received signals to the process (default true)' },
  },
  arguments: exactly(1),
  parse: (flags, [name = '']) => ({
    name,
    keys: flags['detach-keys'],
    hasInput: !(flags['no-stdin'] ?? false),
    passesSignals: flags['sig-proxy'] ?? true,
  }),
  run: ({ name, keys, hasInput, passesSignals }, io) =>
    withEngine(io, async ({ engine, config }) => {
      const { State: state, Config: given, ...rest } = await containerClient(engine, name).inspect();
      const is = (member: string): boolean => isJsonObject(state) && state[member] === true;
      if (!is('Running')) throw new ExitError(1, 'You cannot attach to a stopped container, start it first');
      if (is('Paused')) throw new ExitError(1, 'You cannot attach to a paused container, unpause it first');
      if (is('Restarting'))
        throw new ExitError(1, 'You cannot attach to a restarting container, wait until it is running');
      const container = { ...rest, Config: given ?? {} };
      checkTerminal({ hasTerminal: hasTerminal(container), hasInput }, io);
      const configured = config.value.detachKeys;
      const detachKeys = keys ?? (typeof configured === 'string' ? configured : undefined);
      using _signals = passesSignals ? forwardSignals(io, containerClient(engine, name), container) : undefined;
      const attached = await openAttachment(io, engine, name, container, { hasInput, detachKeys, passesSignals });
      const ended = waitFor(engine, name);
      ended.catch(() => undefined);
      await attached.run();
      return await ended;
    }),
});

export interface AttachmentOptions {
  readonly hasInput: boolean;
  readonly detachKeys: string | undefined;
  readonly passesSignals: boolean;
}

/** An open connection to a container's input and outputs; `run` carries it to its end. @throws {ExitError} detached */
export async function openAttachment(
  io: Io,
  engine: EngineClient,
  name: string,
  container: JsonObject,
  { hasInput, detachKeys, passesSignals }: AttachmentOptions,
): Promise<{ run(): Promise<void> }> {
  const client = containerClient(engine, name);
  const isRaw = hasTerminal(container);
  const opensInput = hasInput && isJsonObject(container.Config) && container.Config.OpenStdin === true;
  const keys = isRaw && opensInput ? parseDetachKeys(detachKeys) : [];
  const query = {
    detachKeys,
    stderr: '1',
    stdin: opensInput ? '1' : undefined,
    stdout: '1',
    stream: '1',
  };
  const socket = await engine.connection.hijack({ path: client.path('/attach'), query });
  return {
    async run() {
      const passes = passesSignals && !isRaw; // to a terminal one types
      const onAbort = (): void => void (passes || socket.destroy());
      io.signal.addEventListener('abort', onAbort, { once: true });
      using _size = isRaw ? followSize(io, engine, client.path('/resize')) : undefined;
      const end = await converse(io, socket, { hasTerminal: isRaw, hasInput: opensInput, detachKeys: keys });
      io.signal.removeEventListener('abort', onAbort);
      if (!passes) io.signal.throwIfAborted();
      if (end === 'detached') throw new ExitError(1, 'read escape sequence');
    },
  };
}

/**
 * Passes on each signal by its name, one after the other; one that the Engine has no use for is lost, as with docker. None
 * to a container with a terminal: there one types.
 */
export function forwardSignals(io: Io, client: ContainerClient, container: JsonObject): Disposable | undefined {
  if (hasTerminal(container)) return undefined;
  let before: Promise<unknown> = Promise.resolve();
  return io.onSignal((signal) => {
    before = before.then(() => client.change('kill', { signal })).catch(() => undefined);
  });
}
