import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExitError } from '../command.ts';
import type { Io } from '../io.ts';

/**
 * Variables as the Engine API takes them, `NAME=value`, or `NAME` for one to be taken away: those of files first.
 * A name alone takes the caller's own value, in files only where there is one.
 * @throws {ExitError} a file that can't be read or has a line that is none
 */
export async function readVariables(io: Io, files: readonly string[], given: readonly string[]): Promise<string[]> {
  const ofFiles: string[] = [];
  for (const file of files) ofFiles.push(...parseLines(await readText(io, file), file, io));
  return [...ofFiles, ...given.map((line) => own(line, io) ?? line)];
}

async function readText({ cwd }: Io, file: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new ExitError(1, `open ${file}: ${code === 'ENOENT' ? 'no such file or directory' : message}`, { cause });
  }
}

function parseLines(text: string, file: string, io: Io): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [name = ''] = line.split('=', 1);
      if (name === '') throw invalid(file, `no variable name on line '${line}'`);
      if (/\s/.test(name)) throw invalid(file, `variable '${name}' contains whitespaces`);
      return own(line, io) ?? [];
    });
}

function invalid(file: string, problem: string): ExitError {
  return new ExitError(1, `invalid env file (${file}): ${problem}`);
}

/** `NAME=value` as it is; `NAME` with the caller's value, undefined where it has none. */
function own(line: string, { env }: Io): string | undefined {
  if (line.includes('=')) return line;
  const value = env[line];
  return value === undefined ? undefined : `${line}=${value}`;
}
