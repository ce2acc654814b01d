import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LESSONS, PASSPHRASE } from '../../src/lessons/index.ts';
import { type OwnSandbox, openOwnSandbox } from './own-sandbox.ts';

const SECRETS = ['ROOT', 'REPOSITORY'].map((role) => `DOCKER_CONTENT_TRUST_${role}_PASSPHRASE=${PASSPHRASE}`);

let sandbox: OwnSandbox;
beforeAll(async () => {
  sandbox = await openOwnSandbox('lessons');
  expect(await sandbox.run(['up'])).toMatchObject({ status: 0 });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const lesson = (...args: string[]) => sandbox.run(['lesson', ...args]);

/** The last hint, after which a learner need only type. */
async function lastHint(): Promise<string> {
  for (;;) {
    const { stdout } = await lesson('hint');
    const [, at, of] = /^Hint (\d+) of (\d+)\n\n/.exec(stdout) ?? [];
    if (at === of) return stdout.slice(stdout.indexOf('\n\n'));
  }
}

describe('a lesson', () => {
  test.each(LESSONS.map(({ name }) => name))(
    '%s is not done when it begins, and is when its last hint was followed',
    async (name) => {
      const begun = await lesson('start', name);
      expect(begun).toMatchObject({ status: 0, stderr: '' });
      const before = await lesson('check');
      expect(before.status, before.stdout).toBe(1);
      const settings = /^ {2}\. (~\/\S+)$/m.exec(begun.stdout)?.[1];
      const script = `. ${settings} && set -e && ${(await lastHint()).trim()}`;
      const secrets = SECRETS.flatMap((variable) => ['-e', variable]);
      const followed = await sandbox.run(['exec', ...secrets, 'trustsandbox', 'sh', '-c', script]);
      expect(followed.status, followed.stderr).toBe(0);
      const after = await lesson('check');
      expect(after.stdout + after.stderr).not.toContain('✘');
      expect(after.status).toBe(0);
      await sandbox.run(['clock', 'reset']);
    },
    60_000,
  );
});

test('those that were done are shown, and one can be begun again, apart from what it left', async () => {
  const listed = JSON.parse((await lesson('list', '--format', 'json')).stdout) as { name: string; state: string }[];
  expect(listed.map(({ name, state }) => `${name} ${state}`)).toEqual(LESSONS.map(({ name }) => `${name} done`));
  expect((await lesson('start')).stderr).toContain('all lessons are done');
  expect((await lesson('start', 'first-push')).stdout).toContain('sandboxregistry:5000/lesson/first-push-2:1');
  expect((await lesson('check', '--format', 'json')).stdout).toContain('"isDone": false');
});

test('an unknown lesson is answered with those there are', async () => {
  expect(await lesson('start', 'magic')).toMatchObject({ status: 1, stderr: expect.stringContaining('first-push') });
});

test('a lesson without a sandbox says how to start one', async () => {
  const ran = await sandbox.run(['lesson', 'start'], { env: { COMPOSE_PROJECT_NAME: 'nowhere' } });
  expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('trustsandbox up') });
});
