import type { Lesson } from './lesson.ts';
import { pushSigned } from './stage-error.ts';
import { checkReport } from './trust-report.ts';

const TEAM = ['alice', 'bob'] as const;

/** Delegation: others sign, each with a key of their own. */
export const team: Lesson = {
  name: 'team',
  title: 'A team signs: delegation',
  hasKeys: true,
  task: ({ repository }) => `\
So far only the holder of the repository key can sign in ${repository}. From now on alice and bob shall, each with a key of their own.

Make a key for each of them, add both as signers, and sign tag 2 (the same image will do). Each of the two keys can be taken back
later, and neither can do anything but sign tags.`,
  hints: ({ repository }) => [
    'Each signer has a key pair: docker trust key generate NAME makes one, and writes the public half to NAME.pub.',
    `The holder of the repository key adds a signer: docker trust signer add --key NAME.pub NAME ${repository}`,
    `docker trust key generate alice && docker trust key generate bob
docker trust signer add --key alice.pub alice ${repository}
docker trust signer add --key bob.pub bob ${repository}
docker tag docker/trusttest ${repository}:2 && docker trust sign ${repository}:2`,
  ],
  reading: [
    'docs/trust-keys.md: how many must sign, and how signatures of several people are collected',
    'docs/trust.md: trust doctor says whether you could sign a tag here, and as whom',
  ],
  async prepare(stage) {
    await pushSigned(stage, '1');
    return {};
  },
  goals: [
    {
      text: 'alice and bob are signers',
      check: (stage) =>
        checkReport(stage, ({ signers }) => {
          const missing = TEAM.filter((name) => !signers.get(name)?.length);
          return missing.length === 0 ? undefined : `not: ${missing.join(', ')}`;
        }),
    },
    {
      text: 'with different keys',
      check: (stage) =>
        checkReport(stage, ({ signers }) => {
          const [alice = [], bob = []] = TEAM.map((name) => signers.get(name));
          if (alice.length === 0 || bob.length === 0) return 'one of them has none';
          return alice.some((key) => bob.includes(key)) ? 'they share one' : undefined;
        }),
    },
    {
      text: 'one of them signed tag 2',
      check: (stage) =>
        checkReport(stage, ({ tags }) => {
          const signers = tags.get('2')?.signers;
          if (!signers) return 'it is not signed';
          return TEAM.some((name) => signers.includes(name)) ? undefined : `it was signed by ${signers.join(', ')}`;
        }),
    },
    {
      text: 'tag 1 is still signed',
      check: (stage) => checkReport(stage, ({ tags }) => (tags.has('1') ? undefined : 'it is not')),
    },
  ],
};
