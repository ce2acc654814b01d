import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '../../core/index.ts';
import { type Facts, LESSONS, type Lesson } from '../../lessons/index.ts';
import type { ProjectPaths } from '../../sandbox/index.ts';
import { ExitError } from '../command.ts';
import { writeWhole } from '../whole-file.ts';

/** A lesson that was begun. */
export interface Attempt {
  readonly lesson: string;
  /** What it is called in the sandbox: the lesson's name, and a number from the second time on. */
  readonly place: string;
  readonly facts: Facts;
  readonly hintsSeen: number;
}

/** How far a learner is in a project. */
export interface Progress {
  readonly current: Attempt | undefined;
  readonly done: readonly string[];
  /** How often each lesson was begun. */
  readonly starts: Readonly<Record<string, number>>;
}

const NOTHING: Progress = { current: undefined, done: [], starts: {} };

/** Kept with the project, and gone with it: `down -v`. */
export async function readProgress(paths: ProjectPaths): Promise<Progress> {
  let text: string;
  try {
    text = await readFile(fileOf(paths), 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return NOTHING;
    throw thrown;
  }
  try {
    return parseProgress(JSON.parse(text) as JsonValue);
  } catch (cause) {
    throw new ExitError(1, `${fileOf(paths)} can't be read; without it, lessons begin anew`, { cause });
  }
}

export async function writeProgress(paths: ProjectPaths, progress: Progress): Promise<void> {
  await writeWhole(fileOf(paths), `${JSON.stringify(progress, undefined, 2)}\n`, 0o600);
}

/** The lesson of that name, or the one that is under way. @throws {ExitError} none is */
export function currentLesson({ current }: Progress): { readonly lesson: Lesson; readonly attempt: Attempt } {
  const lesson = current && LESSONS.find(({ name }) => name === current.lesson);
  if (!lesson) throw new ExitError(1, 'no lesson is under way; trustsandbox lesson list shows them');
  return { lesson, attempt: current };
}

function fileOf(paths: ProjectPaths): string {
  return join(paths.root, 'lessons.json');
}

function parseProgress(value: JsonValue): Progress {
  if (!isJsonObject(value)) throw new TypeError('no object');
  const { current, done, starts } = value;
  return {
    current: isJsonObject(current) ? parseAttempt(current) : undefined,
    done: Array.isArray(done) ? done.map(String) : [],
    starts: isJsonObject(starts)
      ? Object.fromEntries(Object.entries(starts).map(([name, count]) => [name, Number(count)]))
      : {},
  };
}

function parseAttempt({ lesson, place, facts, hintsSeen }: Readonly<Record<string, JsonValue>>): Attempt {
  return {
    lesson: String(lesson),
    place: String(place),
    facts: isJsonObject(facts)
      ? Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, String(fact)]))
      : {},
    hintsSeen: Number(hintsSeen),
  };
}
