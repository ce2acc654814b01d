import { styleText } from 'node:util';
import { LESSONS, type Lesson } from '../../lessons/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { BoxStage, findClassroom } from './box-stage.ts';
import { currentLesson, readProgress, writeProgress } from './progress.ts';

interface Verdict {
  readonly goal: string;
  readonly isReached: boolean;
  /** What is not so yet. */
  readonly found?: string;
}

/** `lesson check`: 0 when all goals are reached, 1 when not. */
export const lessonCheck = defineCommand({
  usage: '[OPTIONS]',
  summary: 'Check whether the task is done',
  flags: { format: { kind: 'string', value: 'string', help: 'text or json (default text)' } },
  arguments: noArguments,
  parse: ({ format }) => ({ isJson: parseFormat(format) === 'json' }),
  async run({ isJson }, io) {
    const classroom = await findClassroom(io);
    const progress = await readProgress(classroom.paths);
    const { lesson, attempt } = currentLesson(progress);
    const stage = new BoxStage(classroom, attempt.place, io);
    const verdicts: Verdict[] = [];
    for (const { text, check } of lesson.goals) {
      const found = await check(stage, attempt.facts);
      verdicts.push({ goal: text, isReached: found === undefined, ...(found !== undefined && { found }) });
    }
    const isDone = verdicts.every(({ isReached }) => isReached);
    const done = isDone ? [...new Set([...progress.done, lesson.name])] : progress.done;
    if (isDone) await writeProgress(classroom.paths, { ...progress, done });
    if (isJson) printLine(io.stdout, JSON.stringify({ lesson: lesson.name, isDone, goals: verdicts }, undefined, 2));
    else print(lesson, verdicts, done, io);
    return isDone ? 0 : 1;
  },
});

function print(lesson: Lesson, verdicts: readonly Verdict[], done: readonly string[], io: Io): void {
  const paint = (color: 'green' | 'red', text: string): string =>
    io.stdout.isTerminal ? styleText(color, text) : text;
  printLine(io.stdout, lesson.title);
  for (const { goal, isReached, found } of verdicts) {
    printLine(io.stdout, isReached ? paint('green', `  ✔ ${goal}`) : paint('red', `  ✘ ${goal}: not yet: ${found}`));
  }
  if (verdicts.some(({ isReached }) => !isReached)) return;
  printLine(io.stdout, `\nDone. To read:\n${lesson.reading.map((line) => `  ${line}`).join('\n')}`);
  const next = LESSONS.find(({ name }) => !done.includes(name));
  printLine(
    io.stdout,
    next ? `\nNext: ${io.program} lesson start ${next.name} (${next.title})` : '\nThat was the last lesson.',
  );
}
