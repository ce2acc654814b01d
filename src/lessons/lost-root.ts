import type { Lesson } from './lesson.ts';
import { LessonStageError, must, pushSigned } from './stage-error.ts';
import { checkReport, readReport } from './trust-report.ts';

/** The ceremony nobody wants to do for the first time when it matters. */
export const lostRoot: Lesson = {
  name: 'lost-root',
  title: 'The root key is lost',
  hasKeys: true,
  task: ({ repository }) => `\
The root key of ${repository} is gone, and so is every copy of it. Tags can still be signed with the repository key, until that or the
root itself runs out; but keys can never be replaced again. No root can follow one whose key is lost: the repository has to begin
again, under a new root key, and everybody who uses it has to be told.

Do that without losing what is signed: tag 1, and the signer alice.`,
  hints: ({ repository, trustServer }) => [
    `docker trust recover root ${repository} explains the ceremony, and does its second half.`,
    `The trust server has to forget the repository first. On a server of your own its administrator does that
(trustsandbox notary-server gun delete); this one lets anybody: notary -s ${trustServer} delete --remote ${repository}`,
    `notary -s ${trustServer} delete --remote ${repository}
docker trust recover root -y ${repository}`,
  ],
  reading: [
    'docs/trust-keys.md: "What was lost", and "Backups": a backup would have spared you this',
    'the lesson offline-root: where a root key belongs',
  ],
  async prepare(stage) {
    await pushSigned(stage, '1');
    await must(stage, 'docker trust key generate alice');
    await must(stage, `docker trust signer add --key alice.pub alice ${stage.repository}`);
    const report = await readReport(stage);
    if ('problem' in report) throw new LessonStageError(report.problem);
    await must(stage, `rm $(grep -l '^role: root$' "$DOCKER_CONFIG"/trust/private/*.key)`);
    return { rootKeys: report.rootKeys.join() };
  },
  goals: [
    {
      text: 'another root key stands behind the repository',
      check: (stage, facts) =>
        checkReport(stage, ({ rootKeys }) =>
          rootKeys.join() === facts.rootKeys ? 'it is still the one that was lost' : undefined,
        ),
    },
    {
      text: 'and that key is here',
      async check(stage) {
        const { stdout } = await stage.run('docker trust key list');
        return /\sroot\s/.test(stdout) ? undefined : 'docker trust key list shows none';
      },
    },
    {
      text: 'tag 1 is signed',
      check: (stage) => checkReport(stage, ({ tags }) => (tags.has('1') ? undefined : 'it is not')),
    },
    {
      text: 'alice is still a signer',
      check: (stage) => checkReport(stage, ({ signers }) => (signers.has('alice') ? undefined : 'she is not')),
    },
  ],
};
