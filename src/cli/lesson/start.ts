import { LESSONS, type Lesson, PASSPHRASE } from '../../lessons/index.ts';
import { atMost, defineCommand, ExitError } from '../command.ts';
import { type Io, printLine } from '../io.ts';
import { BoxStage, type Classroom, findClassroom } from './box-stage.ts';
import { type Progress, readProgress, writeProgress } from './progress.ts';

/** `lesson start`. */
export const lessonStart = defineCommand({
  usage: '[LESSON]',
  summary: 'Begin a lesson, the next one unless one is named',
  flags: {},
  arguments: atMost(1),
  parse: (_, [name]) => ({ name }),
  async run({ name }, io) {
    const classroom = await findClassroom(io);
    const progress = await readProgress(classroom.paths);
    await start(chooseLesson(name, progress), progress, classroom, io);
    return 0;
  },
});

/** @throws {ExitError} there is none of that name */
function chooseLesson(name: string | undefined, { done }: Progress): Lesson {
  const found = LESSONS.find((lesson) => (name === undefined ? !done.includes(lesson.name) : lesson.name === name));
  if (found) return found;
  if (name === undefined) throw new ExitError(1, 'all lessons are done; name one to begin it again');
  throw new ExitError(1, `no lesson ${name}; there are: ${LESSONS.map((lesson) => lesson.name).join(', ')}`);
}

async function start(lesson: Lesson, progress: Progress, classroom: Classroom, io: Io): Promise<void> {
  const starts = (progress.starts[lesson.name] ?? 0) + 1;
  const place = starts === 1 ? lesson.name : `${lesson.name}-${starts}`;
  const stage = new BoxStage(classroom, place, io);
  // Counted first: what an attempt that fails half-way leaves in the registry is not in the way of the next.
  const begun = { ...progress, current: undefined, starts: { ...progress.starts, [lesson.name]: starts } };
  await writeProgress(classroom.paths, begun);
  await stage.open(lesson);
  const facts = await lesson.prepare(stage);
  await writeProgress(classroom.paths, { ...begun, current: { lesson: lesson.name, place, facts, hintsSeen: 0 } });
  const { containerName } = classroom.client;
  const lines = [
    lesson.title,
    '',
    lesson.task(stage),
    '',
    `Enter the client, and read the lesson's settings, in which it has keys of its own:`,
    `  ${io.program} exec -it ${containerName} sh`,
    `  . ${stage.folder}/env`,
    ...(lesson.hasKeys ? [`Keys that are there already open with: ${PASSPHRASE}`] : []),
    '',
    `When you are done: ${io.program} lesson check. When you are stuck: ${io.program} lesson hint.`,
  ];
  printLine(io.stdout, lines.join('\n'));
}
