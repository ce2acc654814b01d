import type { Clock } from '../core/index.ts';

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
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** One line of data. */
export function printLine(output: Output, line = ''): void {
  output.write(`${line}\n`);
}
