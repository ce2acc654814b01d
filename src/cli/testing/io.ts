import { systemClock } from '../../core/index.ts';
import type { Io } from '../io.ts';
import { captureOutput } from './capture.ts';

/** An `Io` for tests: no input, captured output, an empty environment. */
export function testIo(parts: Partial<Io> = {}): Io {
  return {
    stdin: { isTerminal: false, raw: process.stdin },
    stdout: captureOutput(),
    stderr: captureOutput(),
    env: {},
    cwd: '/',
    program: 'trustsandbox',
    signal: new AbortController().signal,
    clock: systemClock,
    onHangup: () => ({ [Symbol.dispose]: () => undefined }),
    onSignal: () => ({ [Symbol.dispose]: () => undefined }),
    onVerbosity: () => ({ [Symbol.dispose]: () => undefined }),
    terminalSize: () => undefined,
    onResize: () => ({ [Symbol.dispose]: () => undefined }),
    runProgram: async () => 0,
    ...parts,
  };
}
