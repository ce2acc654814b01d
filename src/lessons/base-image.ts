import type { Lesson } from './lesson.ts';
import { must, pushSigned } from './stage-error.ts';
import { lastLine } from './trust-report.ts';

/** An image is as trustworthy as what it is built from. */
export const baseImage: Lesson = {
  name: 'base-image',
  title: 'An unsigned base image',
  hasKeys: true,
  task: ({ repository }) => `\
The Dockerfile in this folder builds a program in one image and puts it into another. Nobody has signed the first of them,
${repository}-tools:1, so whoever can write to the registry decides what is run when you build.

Find out what is not signed. You have looked at it and vouch for it: sign it, so that docker trust check accepts the file.`,
  hints: ({ repository }) => [
    'docker trust check Dockerfile lists every image that the file is built from, and exits with 1 when one is not signed.',
    'What is in the registry already is signed by pulling it once without content trust, and pushing it with.',
    `DOCKER_CONTENT_TRUST=0 docker pull ${repository}-tools:1
docker push ${repository}-tools:1
docker trust check Dockerfile`,
  ],
  reading: ['docs/trust.md: "Dockerfiles", and the lockfile that pins what a build relies on'],
  async prepare(stage) {
    const { repository } = stage;
    await pushSigned(stage, '1');
    const tools = `${repository}-tools:1`;
    await must(stage, `docker tag docker/trusttest ${tools} && DOCKER_CONTENT_TRUST=0 docker push -q ${tools}`);
    await must(
      stage,
      `printf '%s\\n' 'FROM ${tools} AS build' 'FROM ${repository}:1' 'COPY --from=build /bin /bin' > Dockerfile`,
    );
    return {};
  },
  goals: [
    {
      text: 'docker trust check accepts the Dockerfile',
      async check(stage) {
        const { status, stderr } = await stage.run('docker trust check Dockerfile');
        return status === 0 ? undefined : lastLine(stderr) || 'it does not';
      },
    },
    {
      text: 'which is still built from both images',
      async check(stage) {
        const { stdout } = await stage.run('cat Dockerfile');
        const missing = [`${stage.repository}-tools`, `${stage.repository}:`].filter(
          (name) => !stdout.includes(`FROM ${name}`),
        );
        return missing.length === 0 ? undefined : `${missing.join(' and ')} is not in it`;
      },
    },
  ],
};
