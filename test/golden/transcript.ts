import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One command of a recorded transcript and what came of it. */
export interface Invocation {
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Text typed or piped in. */
  readonly input: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Joined output of a terminal. */
  readonly terminal: string;
  readonly status: number;
}

const FOLDER = join(import.meta.dirname, 'recordings', 'transcripts');
const NO_NEWLINE = '\\ no newline at end';

/** Reads a transcript in the grammar that the recordings' README gives. */
export function readTranscript(name: string): Invocation[] {
  const blocks = readFileSync(join(FOLDER, name), 'utf8')
    .split(/\n(?=\$ )/)
    .slice(1);
  return blocks.map((block) => {
    const [first = '', ...lines] = block.split('\n');
    const of = (prefix: string): string[] =>
      lines
        .filter((line) => line.startsWith(`${prefix}|`))
        .map((line) => line.slice(prefix.length + 1))
        .map((line) => (line === NO_NEWLINE ? line : line.slice(1)));
    return {
      command: first.slice(2),
      environment: Object.fromEntries(
        of('env').map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
      ),
      input: decodeControls(of('in').join('')),
      stdout: joinLines(of('out')),
      stderr: joinLines(of('err')),
      terminal: joinLines(of('tty')),
      status: Number(of('exit')[0]),
    };
  });
}

function joinLines(lines: readonly string[]): string {
  const text = lines.map((line) => (line === NO_NEWLINE ? '' : `${decodeControls(line)}\n`)).join('');
  return lines.at(-1) === NO_NEWLINE ? text.replace(/\n$/, '') : text;
}

function decodeControls(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
