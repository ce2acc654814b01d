import { constants } from 'node:os';
import { systemClock } from '../core/index.ts';
import type { Io, Output } from './io.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;
const FORCED_AFTER = 3; // docker's: the third signal ends a program that does not heed the first

/** The real process as an `Io`. */
export function processIo(program: string): Io {
  return {
    stdin: { isTerminal: process.stdin.isTTY === true, raw: process.stdin },
    stdout: processOutput(process.stdout),
    stderr: processOutput(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    program,
    signal: interruptSignal(),
    clock: systemClock,
  };
}

function processOutput(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(128 + constants.signals.SIGPIPE); // `… | head` went away
    throw error;
  });
  return {
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    write: (text) => void stream.write(text),
    writeBytes: (bytes) => new Promise((resolve) => stream.write(bytes, () => resolve())),
  };
}

function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let count = 0;
  for (const name of INTERRUPTS) {
    process.on(name, () => {
      count += 1;
      controller.abort();
      if (count < FORCED_AFTER) return;
      process.stderr.write(`got ${FORCED_AFTER} SIGTERM/SIGINTs, forcefully exiting\n`);
      process.exit(1);
    });
  }
  return controller.signal;
}
