import { constants } from 'node:os';
import { type ChildProgram, Interruption, type Io, type Output } from './io.ts';
import { environmentClock } from './project-clock.ts';

const INTERRUPTS = ['SIGINT', 'SIGTERM'] as const;
const FORCED_AFTER = 3; // docker's: the third signal ends a program that does not heed the first

/** The real process as an `Io`. */
export function processIo(program: string): Io {
  return {
    stdin: {
      // opened when it is asked for: few commands do
      get isTerminal() {
        return process.stdin.isTTY === true;
      },
      get raw() {
        return process.stdin;
      },
    },
    stdout: processOutput(process.stdout),
    stderr: processOutput(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    program,
    signal: interruptSignal(),
    clock: environmentClock(process.env),
    onHangup(listener) {
      process.on('SIGHUP', listener);
      return { [Symbol.dispose]: () => void process.off('SIGHUP', listener) };
    },
    onVerbosity(listener) {
      const [more, less] = [() => listener(1), () => listener(-1)];
      process.on('SIGUSR1', more).on('SIGUSR2', less);
      return { [Symbol.dispose]: () => void process.off('SIGUSR1', more).off('SIGUSR2', less) };
    },
    onSignal(listener) {
      const names = passedOn();
      for (const name of names) process.on(name, listener);
      return {
        [Symbol.dispose]: () => {
          for (const name of names) process.off(name, listener);
        },
      };
    },
    terminalSize() {
      const { isTTY, rows, columns } = process.stdout;
      return isTTY ? { rows, columns } : undefined;
    },
    onResize(listener) {
      process.stdout.on('resize', listener);
      return { [Symbol.dispose]: () => void process.stdout.off('resize', listener) };
    },
    runProgram,
  };
}

/** Those that can't be caught, that Node keeps for itself, that come of faults of our own, or that are about our own pipes and children. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set([
  ...['SIGKILL', 'SIGSTOP', 'SIGPROF', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV'],
  ...['SIGCHLD', 'SIGPIPE', 'SIGURG'],
]);

/** Each signal once: some have two names. */
function passedOn(): NodeJS.Signals[] {
  const byNumber = new Map<number, NodeJS.Signals>();
  for (const [name, number] of Object.entries(constants.signals) as [NodeJS.Signals, number][]) {
    if (!NOT_PASSED_ON.has(name) && !byNumber.has(number)) byNumber.set(number, name);
  }
  return [...byNumber.values()];
}

/** Programs that have our terminal now; while there is one, interrupts are for it. */
let foreground = 0;

async function runProgram({
  file,
  args,
  environment,
  workingFolder,
  hasInput,
  isDetached = false,
}: ChildProgram): Promise<number> {
  const { spawn } = await import('node:child_process');
  const child = spawn(file, args, {
    env: { ...environment },
    cwd: workingFolder,
    detached: isDetached,
    stdio: isDetached ? 'ignore' : [hasInput ? 'inherit' : 'ignore', 'inherit', 'inherit'],
  });
  if (isDetached) {
    child.unref();
    return new Promise((resolve, reject) => child.once('spawn', () => resolve(0)).once('error', reject));
  }
  foreground += 1;
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  }).finally(() => {
    foreground -= 1;
  });
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
      if (foreground > 0) return;
      count += 1;
      controller.abort(new Interruption(128 + constants.signals[name]));
      if (count < FORCED_AFTER) return;
      process.stderr.write(`got ${FORCED_AFTER} SIGTERM/SIGINTs, forcefully exiting\n`);
      process.exit(1);
    });
  }
  return controller.signal;
}
