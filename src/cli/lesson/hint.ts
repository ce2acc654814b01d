import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { BoxStage, findClassroom } from './box-stage.ts';
import { currentLesson, readProgress, writeProgress } from './progress.ts';

/** `lesson hint`: each call tells more, the last one all of it. */
export const lessonHint = defineCommand({
  usage: '',
  summary: 'Show the next hint; the last one is the answer',
  flags: {},
  arguments: noArguments,
  parse: () => undefined,
  async run(_, io) {
    const classroom = await findClassroom(io);
    const progress = await readProgress(classroom.paths);
    const { lesson, attempt } = currentLesson(progress);
    const hints = lesson.hints(new BoxStage(classroom, attempt.place, io));
    const at = Math.min(attempt.hintsSeen, hints.length - 1);
    printLine(io.stdout, `Hint ${at + 1} of ${hints.length}\n\n${hints[at] ?? ''}`);
    await writeProgress(classroom.paths, { ...progress, current: { ...attempt, hintsSeen: at + 1 } });
    return 0;
  },
});
