import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { type HostProcess, ProcessRefusedError, type TerminalSize } from '../../engine/index.ts';
import type { BoxLaunch } from '../box.ts';
import { openTerminal } from './terminal.ts';

export interface BoxProcessOptions {
  readonly launch: BoxLaunch;
  readonly hasInput: boolean;
  readonly terminal: TerminalSize | undefined;
}

/** Starts a command in a box, with a terminal of its own where one is asked for. @throws {ProcessRefusedError} */
export async function startBoxProcess({ launch, hasInput, terminal }: BoxProcessOptions): Promise<HostProcess> {
  return terminal ? openTerminal(launch, terminal) : startPiped(launch, hasInput);
}

async function startPiped(launch: BoxLaunch, hasInput: boolean): Promise<HostProcess> {
  const child = spawn(launch.file, launch.args, {
    env: { ...launch.environment },
    cwd: launch.workingFolder,
    detached: true, // a group of its own, to be ended as one
    stdio: [hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  });
  await spawned(child, launch);
  return {
    pid: child.pid ?? 0,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    exited: statusOf(child),
    resize: async () => undefined,
    kill: () => killGroup(child),
  };
}

/** @throws {ProcessRefusedError} the program is not there, or may not be run */
export function spawned(child: ChildProcess, { file }: BoxLaunch): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new ProcessRefusedError(`${file}: ${cause.message}`, cause.code === 'ENOENT' ? 127 : 126, { cause })),
    );
  });
}

/** Its status once it has ended and all it wrote has been handed on. */
export function statusOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  });
}

export function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
