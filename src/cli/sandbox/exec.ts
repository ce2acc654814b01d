import { findNamespaceFlags, launchBox } from '../../sandbox/index.ts';
import { atLeast, defineCommand, ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { getContainer } from './containers.ts';
import { programFile } from './up.ts';

const STATUS_NOT_EXECUTABLE = 126;
const STATUS_NOT_FOUND = 127;
/** Users a box has: the one that built it, whom it shows as root. */
const ROOT_USERS = new Set(['root', '0', 'root:root', '0:0']);

/** `container exec`: a command, or a shell, inside a service. */
export const exec = defineCommand({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  summary: 'Execute a command in a running container',
  aliases: ['container exec', 'exec'],
  flags: {
    detach: { kind: 'boolean', short: 'd', help: 'Detached mode: run command in the background' },
    env: { kind: 'list', short: 'e', help: 'Set environment variables' },
    interactive: { kind: 'boolean', short: 'i', help: 'Keep STDIN open even if not attached' },
    tty: { kind: 'boolean', short: 't', help: 'Allocate a pseudo-TTY' },
    user: { kind: 'string', short: 'u', help: 'Username or UID (format: "<name|uid>[:<group|gid>]")' },
    workdir: { kind: 'string', short: 'w', help: 'Working directory inside the container' },
  },
  arguments: atLeast(2),
  stopAtArgument: true,
  parse(flags, [container = '', ...command]) {
    if (flags.user !== undefined && !ROOT_USERS.has(flags.user)) {
      throw new ExitError(1, `a box has no user but root, so -u ${flags.user} can't be had`);
    }
    return {
      container,
      command,
      isDetached: flags.detach ?? false,
      environment: flags.env ?? [],
      hasInput: flags.interactive ?? false,
      hasTerminal: flags.tty ?? false,
      workingFolder: flags.workdir ?? '/',
    };
  },
  async run(options, io) {
    if (options.hasTerminal && options.hasInput && !options.isDetached && !io.stdin.isTerminal) {
      throw new ExitError(1, 'the input device is not a TTY');
    }
    const { service, paths } = await getContainer(io, options.container);
    if (service.state !== 'running') {
      throw new ExitError(1, `Error response from daemon: container ${service.containerId} is not running`);
    }
    const request = {
      service,
      paths,
      command: options.command,
      environment: readEnvironment(options.environment, io),
      workingFolder: options.workingFolder,
      programFile: programFile(),
      ...(options.hasTerminal && { terminal: io.env.TERM ?? 'xterm' }),
    };
    const launch = launchBox(request, io.env.TRUSTSANDBOX_BOX === 'plain' ? undefined : findNamespaceFlags());
    if (launch.notice) printLine(io.stderr, launch.notice);
    try {
      return await io.runProgram({ ...launch, hasInput: options.hasInput, isDetached: options.isDetached });
    } catch (error) {
      throw new ExitError(statusOf(error), `exec failed: ${options.command[0]}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  },
});

/** `NAME=value` sets, `NAME` takes the caller's own. */
function readEnvironment(lines: readonly string[], { env }: Io): Record<string, string> {
  const pairs = lines.flatMap((line) => {
    const at = line.indexOf('=');
    if (at >= 0) return [[line.slice(0, at), line.slice(at + 1)] as const];
    const own = env[line];
    return own === undefined ? [] : [[line, own] as const];
  });
  return Object.fromEntries(pairs);
}

function statusOf(error: unknown): number {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}
