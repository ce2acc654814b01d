import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { dockerProgram } from '../../src/cli/docker-program.ts';
import type { Io } from '../../src/cli/io.ts';
import { runProgram } from '../../src/cli/run.ts';
import { captureOutput } from '../../src/cli/testing/capture.ts';
import { testIo } from '../../src/cli/testing/io.ts';
import { type RunningEngine, startEngine } from '../engine/running-engine.ts';

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Our `docker` in this process, on an engine of its own. */
export interface RunningDocker extends AsyncDisposable {
  readonly running: RunningEngine;
  readonly configFolder: string;
  docker(...argv: string[]): Promise<Outcome>;
  /** With more variables, or others. */
  with(environment: Record<string, string>, ...argv: string[]): Promise<Outcome>;
  /** In a terminal of that many columns: all output joined. */
  terminal(columns: number, ...argv: string[]): Promise<Outcome>;
}

const clock = { now: () => new Date('2026-11-23T05:00:00Z') }; // the recorded images are 11 years old

export async function startDocker(environment: Record<string, string> = {}): Promise<RunningDocker> {
  const running = await startEngine();
  const configFolder = join(running.folder, 'config');
  const socket = running.address.kind === 'unix' ? running.address.path : '';
  const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: configFolder, HOME: running.folder, ...environment };
  const run = async (argv: string[], columns?: number, more: Record<string, string> = {}): Promise<Outcome> => {
    const stdout = captureOutput(columns === undefined ? {} : { columns });
    const stderr = columns === undefined ? captureOutput() : stdout;
    const input = new PassThrough();
    input.end();
    const stdin = { isTerminal: false, raw: input as unknown as Io['stdin']['raw'] };
    const io = testIo({
      stdin,
      stdout,
      stderr,
      env: { ...env, ...more },
      clock,
      cwd: running.folder,
      program: 'docker',
    });
    const status = await runProgram(dockerProgram, argv, io);
    return { status, stdout: stdout.text, stderr: columns === undefined ? stderr.text : '' };
  };
  return {
    running,
    configFolder,
    docker: (...argv) => run(argv),
    with: (more, ...argv) => run(argv, undefined, more),
    terminal: (columns, ...argv) => run(argv, columns),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
