import { type Clock, TrustSandboxError } from '../core/index.ts';
import type { LogLevel } from './log-level.ts';

/** Where text goes. `columns` is the width of the terminal, undefined when it is none. */
export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number | undefined;
  write(text: string): void;
  /** Raw bytes (an image archive, say); resolves when they are handed over. */
  writeBytes(bytes: Uint8Array): Promise<void>;
}

/** The program's input. `raw` is the Node stream underneath. */
export interface Input {
  readonly isTerminal: boolean;
  readonly raw: NodeJS.ReadStream;
}

/** All that a command may touch of the process it runs in. Only `main.ts` makes one from `process`. */
export interface Io {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What the user typed to call us: `docker` in a box, `trustsandbox` on the host. */
  readonly program: string;
  /** Aborts on Ctrl-C and SIGTERM, with an `Interruption`. */
  readonly signal: AbortSignal;
  /** What the flags before the command say and no variable does; absent where there are none. */
  readonly global?: GlobalOptions;
  readonly clock: Clock;
  /** Calls `listener` at each SIGHUP, until disposed of: a server is to read its files anew. Without one SIGHUP ends us. */
  onHangup(listener: () => void): Disposable;
  /** Calls `listener` at each SIGUSR1 with 1, at each SIGUSR2 with -1, until disposed of: a log is to say more, or less. */
  onVerbosity(listener: (step: 1 | -1) => void): Disposable;
  /**
   * Calls `listener` at each signal that programs may catch, by name, until disposed of; not at those that say nothing to
   * others: SIGCHLD, SIGPIPE, SIGURG. `signal` aborts as without it.
   */
  onSignal(listener: (name: NodeJS.Signals) => void): Disposable;
  /** Size of the terminal that we print to; undefined where there is none. */
  terminalSize(): { readonly rows: number; readonly columns: number } | undefined;
  /** Calls `listener` whenever the terminal's size changes, until disposed of. */
  onResize(listener: () => void): Disposable;
  /**
   * Runs a program in our own terminal and resolves to its exit status (128 + signal when one ended it). While it runs
   * Ctrl-C is its own affair. @throws {NodeJS.ErrnoException} ENOENT, EACCES
   */
  runProgram(program: ChildProgram): Promise<number>;
}

/** docker's global flags that have no variable of their own. Files are paths as they were given. */
export interface GlobalOptions {
  readonly isDebug?: boolean;
  readonly logLevel?: LogLevel;
  readonly tls?: boolean;
  readonly tlsVerify?: boolean;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** We were asked to end; its name is what Node gives work that was called off. */
export class Interruption extends TrustSandboxError {
  readonly code = 'CLI_INTERRUPTED';
  /** 128 and the signal's number: 130 for Ctrl-C, 143 for SIGTERM. */
  readonly exitStatus: number;
  constructor(exitStatus: number) {
    super('interrupted');
    this.name = 'AbortError';
    this.exitStatus = exitStatus;
  }
}

/** A program to run in place of ours. */
export interface ChildProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  /** Whether it reads our input; without, its input is empty. */
  readonly hasInput: boolean;
  /** Left running by itself, without our terminal. */
  readonly isDetached?: boolean;
}

/** One line of data. */
export function printLine(output: Output, line = ''): void {
  output.write(`${line}\n`);
}
