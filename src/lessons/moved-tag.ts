import type { Lesson } from './lesson.ts';
import { LessonStageError, must, pushSigned } from './stage-error.ts';
import { lastLine, readReport } from './trust-report.ts';

/** Who can write to a registry can move a tag; who can sign is another matter. */
export const movedTag: Lesson = {
  name: 'moved-tag',
  title: 'A tampered registry: somebody moved a tag',
  hasKeys: true,
  task: ({ repository }) => `\
You signed ${repository}:1. Then somebody with a password to the registry, but none of your keys, pushed another image under the
same tag. Who pulls without content trust gets theirs.

Find out which digest you signed, and which one the tag leads to now. Pull the image with content trust, look which of the two
you got; and put the registry right.`,
  hints: ({ repository }) => [
    `docker trust inspect --pretty ${repository} shows what was signed; DOCKER_CONTENT_TRUST=0 docker pull ${repository}:1 shows what
the registry gives to those who don't ask for signatures.`,
    'With content trust the tag is looked up in what was signed, and the image is pulled by digest; the registry’s tag plays no part.',
    `docker pull ${repository}:1
docker push ${repository}:1`,
  ],
  reading: [
    'docs/walkthrough.md: the other way to tamper, with what is stored under a digest, and how that is noticed',
    'docs/trust.md: trust resolve, for programs that don’t look at signatures',
  ],
  async prepare(stage) {
    const { repository } = stage;
    await pushSigned(stage, '1');
    const theirs = `${repository}:theirs`;
    await must(stage, `echo 'something else' > else.txt && tar -cf - else.txt | docker import - ${theirs}`);
    await must(stage, `rm else.txt && docker tag ${theirs} ${repository}:1 && docker rmi ${theirs}`);
    await must(stage, `DOCKER_CONTENT_TRUST=0 docker push -q ${repository}:1`);
    await must(stage, `docker rmi ${repository}:1`);
    const report = await readReport(stage);
    if ('problem' in report) throw new LessonStageError(report.problem);
    await must(stage, `docker rmi ${repository}@sha256:${report.tags.get('1')?.digest}`);
    return {};
  },
  goals: [
    {
      text: 'the image that you signed is in your Engine',
      async check(stage) {
        const report = await readReport(stage);
        if ('problem' in report) return report.problem;
        const name = `${stage.repository}@sha256:${report.tags.get('1')?.digest}`;
        const { status } = await stage.run(`docker image inspect ${name}`);
        return status === 0 ? undefined : `${name} is not`;
      },
    },
    {
      text: 'the registry’s tag leads to what was signed',
      async check(stage) {
        const report = await readReport(stage);
        if ('problem' in report) return report.problem;
        const { status, stdout, stderr } = await stage.run(
          `docker manifest inspect -v --insecure ${stage.repository}:1`,
        );
        if (status !== 0) return lastLine(stderr);
        const found = /"digest": "sha256:([0-9a-f]{64})"/.exec(stdout)?.[1];
        return found === report.tags.get('1')?.digest ? undefined : `it leads to sha256:${found}`;
      },
    },
  ],
};
