import type { Readable, Writable } from 'node:stream';

/** A command to be run in a container. */
export interface ProcessRequest {
  readonly command: readonly string[];
  /** `NAME=value` pairs the caller adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Undefined: the container's own. */
  readonly workingFolder: string | undefined;
  readonly user: string;
  readonly hasInput: boolean;
  /** Size of the terminal it gets; undefined: none. */
  readonly terminal: TerminalSize | undefined;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** A command that runs in a container. With a terminal all output is `stdout`. */
export interface HostProcess {
  readonly pid: number;
  /** Undefined where it has no input. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable | undefined;
  /** Its status, 128 and the signal's number where a signal ended it. */
  readonly exited: Promise<number>;
  resize(size: TerminalSize): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}
