import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningDocker, startDocker } from './running-docker.ts';

const ARCHIVE = join(import.meta.dirname, '../golden/recordings/images/trusttest.tar');

describe('what may come next', () => {
  let it: RunningDocker;

  beforeAll(async () => {
    it = await startDocker();
    await it.docker('load', '-i', ARCHIVE);
    await it.docker('context', 'create', 'there', '--docker', 'host=tcp://h:1');
    await it.docker('login', '-u', 'me', '-p', 'x', 'sandboxregistry:5000');
  });
  afterAll(() => it[Symbol.asyncDispose]());

  test.each([
    [['imag'], ['image\tManage images', 'images\tList images', ':4']],
    [
      ['image', 'l'],
      ['load\tLoad an image from a tar archive or STDIN', 'ls\tList images', ':4'],
    ],
    [['--conf'], ['--config\tLocation of client config files (default "~/.docker")', ':4']],
    [
      ['rmi', ''],
      ['docker/trusttest:latest', ':4'],
    ],
    [['rmi', 'docker/trusttest:latest', ''], [':4']],
    [['image', 'inspect', '--no'], [':4']],
    [
      ['images', '--no'],
      ["--no-trunc\tDon't truncate output", ':4'],
    ],
    [
      ['images', '--format', ''],
      ['json', 'table', ':4'],
    ],
    [
      ['inspect', '--type', 'v'],
      ['volume', ':4'],
    ],
    [
      ['inspect', '--type=v'],
      ['--type=volume', ':4'],
    ],
    [['load', '-i', ''], [':0']],
    [
      ['context', 'use', ''],
      ['default', 'there', ':4'],
    ],
    [
      ['-c', ''],
      ['default', 'there', ':4'],
    ],
    [['context', 'create', ''], [':4']],
    [
      ['logout', 's'],
      ['sandboxregistry:5000', ':4'],
    ],
    [['-H', 'unix:///nosuch', 'rmi', ''], [':4']],
    [['bogus', ''], [':4']],
    [['__proto__', ''], [':4']],
    [['rmi', '--', '-'], [':4']],
  ])('after %j', async (words, lines) => {
    const { stdout, stderr, status } = await it.docker('__complete', ...words);
    expect({ lines: stdout.trimEnd().split('\n'), stderr, status }).toEqual({ lines, stderr: '', status: 0 });
  });

  test('can be had without what it is', async () => {
    expect((await it.docker('__completeNoDesc', 'imag')).stdout).toBe('image\nimages\n:4\n');
  });
});

test.each(['bash', 'zsh', 'fish'])('the script for %s asks the program by the name it has', async (shell) => {
  await using it = await startDocker();
  const { stdout, status } = await it.docker('completion', shell);
  expect(status).toBe(0);
  expect(stdout).toContain('__complete');
  expect(stdout.toLowerCase()).toContain(`# ${shell} completion for docker\n`);
});
