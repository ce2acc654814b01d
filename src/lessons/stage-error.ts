import { TrustSandboxError } from '../core/index.ts';
import type { Ran, Stage } from './lesson.ts';

/** A command that a lesson begins with failed. */
export class LessonStageError extends TrustSandboxError {
  readonly code = 'LESSON_STAGE';
}

/** Runs a command that must work. @throws {LessonStageError} */
export async function must(stage: Stage, command: string): Promise<Ran> {
  const ran = await stage.run(command);
  if (ran.status === 0) return ran;
  throw new LessonStageError(
    `the lesson can't begin: ${command} ended with status ${ran.status}: ${(ran.stderr || ran.stdout).trim()}`,
  );
}

/** Puts a signed image where a lesson wants one: `docker/trusttest`, which every sandbox carries. @throws {LessonStageError} */
export async function pushSigned(stage: Stage, tag: string, repository = stage.repository): Promise<void> {
  await must(stage, 'DOCKER_CONTENT_TRUST=0 docker pull -q docker/trusttest');
  await must(stage, `docker tag docker/trusttest ${repository}:${tag}`);
  await must(stage, `docker push -q ${repository}:${tag}`);
}
