import type { CommandGroup } from '../command.ts';

/** Lessons, each a task in the sandbox. */
export const lessonCommands: CommandGroup = {
  summary: 'Learn content trust by tasks in the sandbox',
  section: 'Sandbox Commands',
  commands: {
    list: { summary: 'List the lessons, and which are done', load: async () => (await import('./list.ts')).lessonList },
    start: { summary: 'Begin a lesson', load: async () => (await import('./start.ts')).lessonStart },
    hint: { summary: 'Show the next hint', load: async () => (await import('./hint.ts')).lessonHint },
    check: { summary: 'Check whether the task is done', load: async () => (await import('./check.ts')).lessonCheck },
  },
};
