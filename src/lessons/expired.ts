import type { Lesson, Stage } from './lesson.ts';
import { pushSigned } from './stage-error.ts';
import { lastLine } from './trust-report.ts';

/** Some days more than targets and snapshot hold (Notary 0.7: three years). */
const LATER = '+1100d';

/** What nobody renewed runs out. */
export const expired: Lesson = {
  name: 'expired',
  title: 'Three years later: expired metadata',
  hasKeys: true,
  task: ({ repository }) => `\
Three years have passed since somebody signed ${repository}:1, and nobody has since. The image has not changed; but who could
still answer for it? Its signatures have run out, and clients refuse it. (The whole sandbox lives in that time; trustsandbox
clock reset brings it back when you are done.)

Look what exactly has run out, and sign it again, so that the image can be pulled.`,
  hints: ({ repository }) => [
    `docker pull ${repository}:1 says what it is refused for; docker trust doctor ${repository}:1 says more, and what would help.`,
    `docker trust renew ${repository}`,
  ],
  reading: [
    'docs/trust.md: "The doctor"; run it now and then, before things run out',
    'docs/notary.md: notary-server expiry lists what runs out on a whole server',
  ],
  async prepare(stage) {
    await pushSigned(stage, '1');
    const until = await signedUntil(stage);
    await stage.moveClock(LATER);
    return { until: until ?? '' };
  },
  goals: [
    {
      text: 'tag 1 can be trusted at the time that the sandbox has',
      async check(stage) {
        const { status, stderr } = await stage.run(`docker trust resolve ${stage.repository}:1`);
        return status === 0 ? undefined : lastLine(stderr);
      },
    },
    {
      text: 'for longer than before',
      async check(stage, facts) {
        const until = await signedUntil(stage);
        if (until === undefined) return 'as long as the first is not done, nobody vouches for it';
        return until > (facts.until ?? '') ? undefined : `it is signed until ${until}, as before`;
      },
    },
  ],
};

/** When the first of what vouches for tag 1 runs out, in ISO 8601. */
async function signedUntil(stage: Stage): Promise<string | undefined> {
  const { stdout } = await stage.run(`docker trust resolve --format json ${stage.repository}:1`);
  return /"until": "([^"]+)"/.exec(stdout)?.[1];
}
