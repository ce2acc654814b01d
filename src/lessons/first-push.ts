import type { Lesson } from './lesson.ts';
import { checkReport, lastLine } from './trust-report.ts';

/** The page's own subject. */
export const firstPush: Lesson = {
  name: 'first-push',
  title: 'A first signed push',
  hasKeys: false,
  task: ({ repository, trustServer }) => `\
Push an image so that others can tell that it is yours.

Take docker/trusttest, give it the name ${repository}:1, and push it with content trust on. The trust server is
${trustServer}. docker will make two keys and ask for passphrases of your own for both: the root key, which stands for you, and
the repository key, which signs tags.`,
  hints: ({ repository, trustServer }) => [
    'Content trust is switched on by a variable, DOCKER_CONTENT_TRUST; where the trust server is, by another.',
    'The image first: docker pull docker/trusttest, then docker tag gives it another name. A push signs when content trust is on.',
    `docker pull docker/trusttest
docker tag docker/trusttest ${repository}:1
export DOCKER_CONTENT_TRUST=1 DOCKER_CONTENT_TRUST_SERVER=${trustServer}
docker push ${repository}:1`,
  ],
  reading: [
    'docs/walkthrough.md: the same, step by step, and what happens when somebody alters the image',
    'docs/trust.md: how a client decides what to trust',
  ],
  prepare: async () => ({}),
  goals: [
    {
      text: 'tag 1 is signed',
      check: (stage) =>
        checkReport(stage, ({ tags }) => (tags.has('1') ? undefined : `signed are: ${[...tags.keys()].join(', ')}`)),
    },
    {
      text: 'the registry has what was signed',
      async check(stage) {
        const { status, stderr } = await stage.run(`docker trust resolve --registry ${stage.repository}:1`);
        return status === 0 ? undefined : lastLine(stderr);
      },
    },
    {
      text: 'a root key and a repository key are in the client',
      async check(stage) {
        const { stdout } = await stage.run('docker trust key list');
        const missing = ['root', 'targets'].filter((role) => !new RegExp(`\\s${role}\\s`).test(stdout));
        return missing.length === 0 ? undefined : `there is no key of the role ${missing.join(' or ')}`;
      },
    },
  ],
};
