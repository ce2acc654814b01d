import { expect } from 'vitest';
import { run } from '../interop/peers/run.ts';
import type { Invocation } from './transcript.ts';
import type { Performance, TrustStage } from './trust-stage.ts';

/** Of the two test images, which everyone computes alike. */
const DIGESTS = /^(b351cc62|32af906c)/;

/** Keys and times differ from run to run; nothing else may. */
function withoutRunValues(text: string): string {
  return text
    .replace(/\bID [0-9a-f]{7}\b/g, 'ID KEY')
    .replace(/\b[0-9a-f]{64}\b/g, (hex) => (DIGESTS.test(hex) ? hex : 'KEYID'))
    .replace(/^(\S+ +)([0-9a-f]{12}(?:, [0-9a-f]{12})*)$/gm, '$1KEYS')
    .replace(/\[y\/N\] [yn]\n/g, '[y/N] ') // the terminal's echo
    .replace(/time="[^"]*"/g, 'time="TIME"')
    .replace(/^[A-Za-z0-9+/]{40,}={0,2}$/gm, 'BASE64')
    .replace(/dial tcp 127\.[\d.]+:\d+/g, 'dial tcp ADDRESS');
}

type Outcome = Pick<Performance, 'stdout' | 'stderr' | 'terminal' | 'status'>;

export function comparable({ stdout, stderr, terminal, status }: Outcome, isTerminal: boolean): Outcome {
  return {
    stdout: isTerminal ? '' : withoutRunValues(stdout),
    stderr: isTerminal ? '' : withoutRunValues(stderr),
    terminal: isTerminal ? withoutRunValues(terminal) : '',
    status,
  };
}

/** A command of docker's alone, without the shell having a part in it, that was called as it should be. */
export function isOurs({ command, stderr, status, stdout }: Invocation): boolean {
  const isUsage = stderr.startsWith("docker: '") || stdout.startsWith('Usage:') || stderr.startsWith('Usage:');
  return /^docker (pull|push|trust) [^|&;]*$/.test(command) && !isUsage && status >= 0;
}

/** The command prints what it printed, and ends as it ended. */
export async function performAlike(stage: TrustStage, invocation: Invocation): Promise<void> {
  const isTerminal = invocation.terminal !== '';
  const performed = comparable(piped(invocation, await stage.perform(invocation)), isTerminal);
  const { command } = invocation;
  expect({ command, ...performed }).toEqual({ command, ...comparable(invocation, isTerminal) });
}

function piped({ command }: Invocation, performed: Performance): Performance {
  if (!command.endsWith('| tail -1')) return performed;
  return { ...performed, stdout: `${performed.stdout.split('\n').at(-2)}\n`, status: 0 };
}

/** Empty ones: ours of locks, docker's of keys and changes where there are none. */
const OWN_FOLDERS = /^(locks|private|changelist|\.docker\/trust\/(locks|private|.*\/changelist):?|)$/;

/** The shell sees the same files as it saw; in which order is the file system's affair. */
export async function lookAlike(stage: TrustStage, { command, stdout, stderr, status }: Invocation): Promise<void> {
  const seen = await run('sh', ['-c', command], { cwd: stage.home, env: { HOME: stage.home } });
  const sorted = (text: string) =>
    withoutRunValues(text)
      .split('\n')
      .filter((line) => !OWN_FOLDERS.test(line))
      .sort();
  expect({ command, files: sorted(seen.stdout), stderr: seen.stderr, status: seen.status }).toEqual({
    command,
    files: sorted(stdout),
    stderr,
    status,
  });
}
