import { atLeast, defineCommand, ExitError } from '../command.ts';
import { type EngineSession, withEngine } from '../engine-session.ts';
import type { Io } from '../io.ts';
import { containerClient, postJson } from './container-client.ts';
import { converse } from './conversation.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { readVariables } from './exec-environment.ts';
import { checkTerminal, type ExecOptions } from './exec-options.ts';
import { followSize } from './terminal-size.ts';

/** `container exec`, and `exec`: a command in a container, with its input, its outputs and its status. */
export const exec = defineCommand({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Execute a command in a running container',
  aliases: ['container exec', 'exec'],
  flags: {
    detach: { kind: 'boolean', short: 'd', help: 'Detached mode: run command in the background' },
    'detach-keys': { kind: 'string', help: 'Override the key sequence for detaching a container' },
    env: { kind: 'list', short: 'e', help: 'Set environment variables' },
    'env-file': { kind: 'list', help: 'Read in a file of environment variables' },
    interactive: { kind: 'boolean', short: 'i', help: 'Keep STDIN open even if not attached' },
    privileged: { kind: 'boolean', help: 'Give extended privileges to the command' },
    tty: { kind: 'boolean', short: 't', help: 'Allocate a pseudo-TTY' },
    user: { kind: 'string', short: 'u', help: 'Username or UID (format: "<name|uid>[:<group|gid>]")' },
    workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container' },
  },
  arguments: atLeast(2),
  stopAtArgument: true,
  parse: (flags, [container = '', ...command]): ExecOptions => ({
    container,
    command,
    isDetached: flags.detach ?? false,
    detachKeys: flags['detach-keys'],
    environment: flags.env ?? [],
    environmentFiles: flags['env-file'] ?? [],
    hasInput: flags.interactive ?? false,
    isPrivileged: flags.privileged ?? false,
    hasTerminal: flags.tty ?? false,
    user: flags.user ?? '',
    workingFolder: flags.workdir ?? '',
  }),
  run: (options, io) => withEngine(io, (session) => runByEngine(options, io, session)),
});

/** Runs it by the Engine API (v1.50, "Exec"). @returns the command's status */
async function runByEngine(options: ExecOptions, io: Io, { engine, config }: EngineSession): Promise<number> {
  const { container, hasTerminal, hasInput, isDetached } = options;
  const configured = config.value.detachKeys;
  const keys = options.detachKeys ?? (typeof configured === 'string' ? configured : undefined);
  const environment = await readVariables(io, options.environmentFiles, options.environment);
  const client = containerClient(engine, container);
  await client.inspect(); // a container that is not there is told of before a terminal that is none
  if (!isDetached) checkTerminal(options, io);
  const size = io.terminalSize();
  const consoleSize = hasTerminal && size ? { ConsoleSize: [size.rows, size.columns] } : {};
  const { Id: id } = await postJson(engine, client.path('/exec'), {
    User: options.user,
    Privileged: options.isPrivileged,
    Tty: hasTerminal,
    ...consoleSize,
    AttachStdin: !isDetached && hasInput,
    AttachStderr: !isDetached,
    AttachStdout: !isDetached,
    DetachKeys: keys ?? '',
    Env: environment,
    WorkingDir: options.workingFolder,
    Cmd: options.command,
  });
  const path = `/exec/${String(id)}`;
  const start = { Detach: isDetached, Tty: hasTerminal, ...consoleSize };
  if (isDetached) {
    await postJson(engine, `${path}/start`, start);
    return 0;
  }
  const detachKeys = hasTerminal && hasInput ? parseDetachKeys(keys) : [];
  const body = JSON.stringify(start);
  const socket = await engine.connection.hijack({ path: `${path}/start`, body, signal: io.signal });
  const hangUp = (): void => void socket.destroy(); // what was given over is nobody's request any more
  io.signal.addEventListener('abort', hangUp, { once: true });
  using _size = hasTerminal ? followSize(io, engine, `${path}/resize`) : undefined;
  if ((await converse(io, socket, { hasTerminal, hasInput, detachKeys })) === 'detached') {
    throw new ExitError(1, 'read escape sequence');
  }
  io.signal.throwIfAborted();
  const { ExitCode: status } = JSON.parse(await engine.connection.text({ method: 'GET', path: `${path}/json` })) as {
    readonly ExitCode?: unknown;
  };
  return typeof status === 'number' ? status : 0;
}
