import { spawn } from 'node:child_process';

/** What a program printed, and how it ended. */
export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + the signal's number for one that a signal ended. */
  readonly status: number;
}

/** How a program is run. */
export interface RunOptions {
  /** Sets DOCKER_CONTENT_TRUST=1. */
  readonly trust?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads; nothing when absent. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Which client, of a sandbox with several: whose keys, configuration and Engine. */
  readonly client?: string;
}

/** Runs a program with these words; the last argument may be options. A status other than 0 is no error. */
export type RunProgram = (...args: readonly string[] | readonly [...string[], RunOptions]) => Promise<Ran>;

export function splitArguments(args: readonly (string | RunOptions)[]): { words: string[]; options: RunOptions } {
  const last = args.at(-1);
  const options = typeof last === 'object' ? last : {};
  return { words: args.filter((arg) => typeof arg === 'string'), options };
}

/** @throws {NodeJS.ErrnoException} it can't be started */
export function runProgram(
  {
    file,
    args,
    environment,
    workingFolder,
  }: { file: string; args: readonly string[]; environment: Readonly<Record<string, string>>; workingFolder: string },
  { input, signal }: Pick<RunOptions, 'input' | 'signal'>,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env: { ...environment }, cwd: workingFolder, ...(signal && { signal }) });
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (chunk: string) => {
        text[name] += chunk;
      });
    }
    child.stdin.on('error', () => undefined); // it did not read all of it
    child.stdin.end(input ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...text, status: code ?? 128 + 9 }));
  });
}
