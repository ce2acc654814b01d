import type { Lesson } from './lesson.ts';
import { LessonStageError, pushSigned } from './stage-error.ts';
import { checkReport, readReport } from './trust-report.ts';

/** A repository key that may be in other hands is replaced. */
export const rotate: Lesson = {
  name: 'rotate',
  title: 'A stolen laptop: rotate a repository key',
  hasKeys: true,
  task: ({ repository }) => `\
The repository key of ${repository} was on a laptop that is gone. Whoever has it, and guesses its passphrase, can sign what they
like. You still have the root key.

Replace the repository key by a new one. What was signed stays signed, and clients follow by themselves at their next pull.`,
  hints: ({ repository }) => [
    'docker has no command for this. In this box docker trust has some more than docker’s own: docker trust rotate --help',
    `docker trust rotate repository ${repository}`,
  ],
  reading: ['docs/trust-keys.md: "What was lost": which key brings back which'],
  async prepare(stage) {
    await pushSigned(stage, '1');
    const report = await readReport(stage);
    if ('problem' in report) throw new LessonStageError(report.problem);
    return { repositoryKeys: report.repositoryKeys.join(), rootKeys: report.rootKeys.join() };
  },
  goals: [
    {
      text: 'the repository has another repository key',
      check: (stage, facts) =>
        checkReport(stage, ({ repositoryKeys }) => {
          const old = facts.repositoryKeys?.split(',') ?? [];
          return repositoryKeys.some((key) => old.includes(key)) ? 'it still has the one that was lost' : undefined;
        }),
    },
    {
      text: 'the same root key stands behind it',
      check: (stage, facts) =>
        checkReport(stage, ({ rootKeys }) =>
          rootKeys.join() === facts.rootKeys ? undefined : 'another one does: clients that know the old one refuse it',
        ),
    },
    {
      text: 'tag 1 is still signed',
      check: (stage) => checkReport(stage, ({ tags }) => (tags.has('1') ? undefined : 'it is not')),
    },
  ],
};
