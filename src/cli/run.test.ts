import { describe, expect, test } from 'vitest';
import { defineCommand, ExitError, exactly, UsageError } from './command.ts';
import { type Program, runProgram } from './run.ts';
import { captureOutput } from './testing/capture.ts';
import { testIo } from './testing/io.ts';

const pull = defineCommand({
  usage: '[OPTIONS] NAME[:TAG|@DIGEST]',
  summary: 'Download an image from a registry',
  aliases: ['image pull', 'pull'],
  flags: {
    'all-tags': { kind: 'boolean', short: 'a', help: 'Download all tagged images in the repository' },
    'disable-content-trust': { kind: 'boolean', help: 'Skip image verification (default true)' },
    platform: { kind: 'string', help: 'Set platform if server is multi-platform capable' },
    quiet: { kind: 'boolean', short: 'q', help: 'Suppress verbose output' },
  },
  arguments: exactly(1),
  parse(flags, [name = '']) {
    if (name === 'bad') throw new UsageError('invalid reference format');
    return { name, flags };
  },
  async run({ name, flags }, io) {
    if (name === 'exit') throw new ExitError(125, 'no such image');
    io.stdout.write(`${JSON.stringify({ name, ...flags })}\n`);
    return 0;
  },
});

const program: Program = {
  version: '1.2.3',
  root: {
    summary: 'A test program',
    commands: {
      pull: { summary: pull.summary, section: 'Common Commands', load: async () => pull },
      image: { summary: 'Manage images', commands: { pull: { summary: pull.summary, load: async () => pull } } },
    },
  },
};

async function call(...argv: string[]) {
  const stdout = captureOutput();
  const stderr = captureOutput();
  const status = await runProgram(program, argv, testIo({ program: 'docker', stdout, stderr }));
  return { status, out: stdout.text, err: stderr.text };
}

describe('a command', () => {
  test('takes flags before and after its argument, bundled and with values', async () => {
    const { out } = await call('image', 'pull', '-aq', 'x', '--disable-content-trust=false', '--platform=linux/arm64');
    expect(JSON.parse(out)).toEqual({
      name: 'x',
      'all-tags': true,
      quiet: true,
      'disable-content-trust': false,
      platform: 'linux/arm64',
    });
  });

  test('called without its argument says what docker says', async () => {
    expect(await call('pull')).toEqual({
      status: 1,
      out: '',
      err:
        "docker: 'docker pull' requires 1 argument\n\nUsage:  docker pull [OPTIONS] NAME[:TAG|@DIGEST]\n\n" +
        "Run 'docker pull --help' for more information\n",
    });
  });

  test('called with a flag it has not exits with 125 as docker does', async () => {
    expect(await call('pull', '--bogus', 'x')).toEqual({
      status: 125,
      out: '',
      err:
        'unknown flag: --bogus\n\nUsage:  docker pull [OPTIONS] NAME[:TAG|@DIGEST]\n\n' +
        "Run 'docker pull --help' for more information\n",
    });
  });

  test('shows its help in the layout of docker', async () => {
    expect((await call('pull', '--help')).out).toBe(
      `Usage:  docker pull [OPTIONS] NAME[:TAG|@DIGEST]

Download an image from a registry

Aliases:
  docker image pull, docker pull

Options:
  -a, --all-tags                Download all tagged images in the repository
      --disable-content-trust   Skip image verification (default true)
      --platform string         Set platform if server is multi-platform
                                capable
  -q, --quiet                   Suppress verbose output
`,
    );
  });

  test('can end with a status of its own', async () => {
    expect(await call('pull', 'exit')).toEqual({ status: 125, out: '', err: 'no such image\n' });
  });
});

test('an unknown command is named, in a group with the usage of the group', async () => {
  expect((await call('bogus')).err).toBe(
    "docker: unknown command: docker bogus\n\nRun 'docker --help' for more information\n",
  );
  expect((await call('image', 'bogus')).err).toBe(
    "docker: unknown command: docker image bogus\n\nUsage:  docker image\n\nRun 'docker image --help' for more information\n",
  );
});

test('a word that is a property of every object is no command', async () => {
  expect((await call('constructor')).status).toBe(1);
});

test.each([
  ['run', /^docker has no run: .*\n.*trust resolve IMAGE/],
  ['build', /^docker has no build: .*\n.*trust check DOCKERFILE/],
  ['swarm', /^docker has no swarm: it is about clusters/],
  ['cp', /^docker has no cp: .*exec SERVICE cat FILE/],
  ['stats', /^docker has no stats: /],
  ['image build', /^docker has no image build: it builds images/],
])("docker's %s, which is not here, is told of, and what to do instead", async (word, words) => {
  expect(await call(...word.split(' '), 'alpine')).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringMatching(words),
  });
});
