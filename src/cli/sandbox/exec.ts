import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EngineUnreachableError } from '../../engine/client/index.ts';
import { findNamespaceFlags, launchBox } from '../../sandbox/index.ts';
import { type Command, ExitError } from '../command.ts';
import { exec } from '../container/exec.ts';
import { readVariables } from '../container/exec-environment.ts';
import { checkTerminal, type ExecOptions } from '../container/exec-options.ts';
import { type Io, printLine } from '../io.ts';
import { getContainer, listContainers } from './containers.ts';
import { programFile } from './program-file.ts';

const STATUS_NOT_EXECUTABLE = 126;
const STATUS_NOT_FOUND = 127;
/** Users a box has: the one that built it, whom it shows as root. */
const ROOT_USERS: ReadonlySet<string> = new Set(['', 'root', '0', 'root:root', '0:0']);

/**
 * `exec` on the host. The sandboxes of this machine are entered in our own terminal, whether or not one of their services is an
 * Engine; where there is none, or an Engine is named, an Engine is asked.
 */
export const sandboxExec: Command = {
  ...exec,
  flags: {
    ...exec.flags,
    docker: { kind: 'string', help: 'Whose docker the box has: "ours", or the "real" one of this machine' },
  },
  parse: (flags, args) => ({ ...(exec.parse(flags, args) as ExecOptions), docker: flags.docker }),
  async run(given, outer) {
    const { docker, ...options } = given as ExecOptions & { docker?: string };
    const io = docker === undefined ? outer : { ...outer, env: { ...outer.env, TRUSTSANDBOX_DOCKER: docker } };
    if (io.env.DOCKER_HOST || io.env.DOCKER_CONTEXT) return exec.run(options, io);
    if (await hasSandbox(io)) return enterBox(options, io);
    try {
      return await exec.run(options, io);
    } catch (thrown) {
      if (!(thrown instanceof EngineUnreachableError)) throw thrown;
      return enterBox(options, io); // says that no sandbox runs, and how to start one
    }
  },
};

/** TRUSTSANDBOX_DOCKER says whose `docker` a box has: `ours`, or the `real` one of this machine. @throws {ExitError} there is none */
function chosenDocker({ env }: Io): 'ours' | 'host' {
  const { TRUSTSANDBOX_DOCKER: chosen = 'ours', PATH = '' } = env;
  if (chosen === 'ours' || chosen === '') return 'ours';
  if (chosen !== 'real') throw new ExitError(1, `TRUSTSANDBOX_DOCKER=${chosen}: want ours or real`);
  if (PATH.split(':').some((folder) => existsSync(join(folder, 'docker')))) return 'host';
  throw new ExitError(1, 'there is no docker on this machine: install docker-cli, or leave TRUSTSANDBOX_DOCKER out');
}

async function hasSandbox(io: Io): Promise<boolean> {
  return (await listContainers(io)).length > 0;
}

/** Runs a command in a service's box, in our own terminal; no Engine is asked. @throws {ExitError} */
export async function enterBox(options: ExecOptions, io: Io): Promise<number> {
  const { container, command, hasInput, hasTerminal, isDetached, user, workingFolder } = options;
  if (!ROOT_USERS.has(user)) throw new ExitError(1, `a box has no user but root, so -u ${user} can't be had`);
  if (!isDetached) checkTerminal(options, io);
  const { service, paths } = await getContainer(io, container);
  if (service.state !== 'running') {
    throw new ExitError(1, `Error response from daemon: container ${service.containerId} is not running`);
  }
  const request = {
    service,
    paths,
    command,
    environment: pairsOf(await readVariables(io, options.environmentFiles, options.environment)),
    workingFolder: workingFolder || undefined, // the service's own
    programFile: programFile(),
    programs: chosenDocker(io),
    ...(hasTerminal && { terminal: io.env.TERM ?? 'xterm' }),
  };
  const launch = launchBox(request, io.env.TRUSTSANDBOX_BOX === 'plain' ? undefined : findNamespaceFlags());
  if (launch.notice) printLine(io.stderr, launch.notice);
  try {
    return await io.runProgram({ ...launch, hasInput, isDetached });
  } catch (error) {
    throw new ExitError(statusOf(error), `exec failed: ${command[0]}: ${(error as Error).message}`, { cause: error });
  }
}

/** `NAME=value` lines by name; a box has nothing to take away, so names alone are left out. */
function pairsOf(lines: readonly string[]): Record<string, string> {
  const pairs = lines.filter((line) => line.includes('='));
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function statusOf(error: unknown): number {
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
}
