import { LESSONS } from '../../lessons/index.ts';
import { defineCommand, noArguments } from '../command.ts';
import { printLine } from '../io.ts';
import { parseFormat } from '../report-format.ts';
import { findProject } from '../sandbox/project.ts';
import { formatTable } from '../table.ts';
import { readProgress } from './progress.ts';

/** `lesson list`. */
export const lessonList = defineCommand({
  usage: '[OPTIONS]',
  summary: 'List the lessons, and which are done',
  flags: { format: { kind: 'string', value: 'string', help: 'text or json (default text)' } },
  arguments: noArguments,
  parse: ({ format }) => ({ isJson: parseFormat(format) === 'json' }),
  async run({ isJson }, io) {
    const { done, current } = await readProgress(findProject(io).paths);
    const rows = LESSONS.map(({ name, title }) => ({
      name,
      title,
      state: done.includes(name) ? 'done' : current?.lesson === name ? 'under way' : '',
    }));
    if (isJson) printLine(io.stdout, JSON.stringify(rows, undefined, 2));
    else io.stdout.write(formatTable([['LESSON', 'TITLE', 'STATE'], ...rows.map(Object.values<string>)]));
    return 0;
  },
});
