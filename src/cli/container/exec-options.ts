import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';

/** A command to be run in a container. */
export interface ExecOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly isDetached: boolean;
  readonly detachKeys: string | undefined;
  readonly environment: readonly string[];
  readonly environmentFiles: readonly string[];
  readonly hasInput: boolean;
  readonly isPrivileged: boolean;
  readonly hasTerminal: boolean;
  readonly user: string;
  readonly workingFolder: string;
}

/** @throws {ExitError} a terminal is asked for, and input that is none */
export function checkTerminal({ hasTerminal, hasInput }: Pick<ExecOptions, 'hasTerminal' | 'hasInput'>, io: Io): void {
  if (hasTerminal && hasInput && !io.stdin.isTerminal) throw new ExitError(1, 'the input device is not a TTY');
}
