import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type NotaryStage, setNotaryStage } from '../notary-stage.ts';

const G = 'example.com/collection';
let stage: NotaryStage;
beforeEach(async () => {
  stage = await setNotaryStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

const targets = async (): Promise<readonly string[]> => {
  const { stdout } = await stage.notary(`list ${G}`);
  return stdout
    .split('\n')
    .slice(2)
    .flatMap((row) => row.split(/\s+/)[0] || []);
};

describe('several at once', () => {
  test('publish what each has staged, and lose nothing', async () => {
    await writeFile(stage.at('file'), 'x');
    const names = Array.from({ length: 6 }, (_, i) => `v${i}`);
    const outcomes = await Promise.all(names.map((name) => stage.notary(`add -p ${G} ${name} file`)));
    expect(outcomes.map(({ status, stdout }) => (status === 0 ? '' : stdout))).toEqual(names.map(() => ''));
    expect(await targets()).toEqual(names);
    expect((await stage.notary(`status ${G}`)).stdout).toBe(`No unpublished changes for ${G}\n`);
  });
});

describe('the trust directory', () => {
  test.each([
    { why: 'is ~/.notary', words: 'key generate', config: {}, where: '.notary/private' },
    {
      why: 'is that of the configuration, with ~ as home',
      words: 'key generate',
      config: { trust_dir: '~/mine' },
      where: 'mine/private',
    },
    {
      why: 'is that of -d, from where one is',
      words: '-d here key generate',
      config: { trust_dir: '~/mine' },
      where: 'here/private',
    },
    {
      why: 'is found whatever the case of its name',
      words: 'key generate',
      config: { Trust_Dir: '~/mine' },
      where: 'mine/private',
    },
  ])('$why, and nobody else reads it', async ({ words, config, where }) => {
    await writeFile(stage.at('.notary/config.json'), JSON.stringify(config));
    expect((await stage.notary(words)).status).toBe(0);
    const [key = ''] = await readdir(stage.at(where));
    expect((await stat(stage.at(where, key))).mode & 0o777).toBe(0o600);
    expect((await stat(stage.at(where))).mode & 0o777).toBe(0o700);
  });

  test.each([
    { why: 'is not JSON', text: '{' },
    { why: 'is no object', text: '[]' },
    { why: 'has a setting of the wrong kind', text: '{"remote_server":{"url":4443}}' },
    { why: 'has a part of the wrong kind', text: '{"remote_server":"https://notaryserver"}' },
  ])('is not guessed when the configuration $why', async ({ text }) => {
    await writeFile(stage.at('.notary/config.json'), text);
    const { status, stdout } = await stage.notary('key list');
    expect(status).toBe(1);
    expect(stdout).toContain('* fatal: error opening config file: ');
  });
});

describe('keys', () => {
  test('that come from elsewhere are not written where their path says', async () => {
    const { stdout } = await stage.notary('key export');
    expect(stdout).toBe('');
    await stage.notary('key generate');
    const exported = (await stage.notary('key export')).stdout;
    await writeFile(stage.at('evil.pem'), exported.replace(/^path: .*$/m, 'path: ../../evil'));
    expect(await stage.notary('key import evil.pem')).toMatchObject({
      status: 1,
      stdout: '\n* fatal: failed to import all keys: invalid key pem block\n',
    });
    expect(await readdir(stage.home)).not.toContain('evil.key');
  });

  test('of a file are all taken but the broken one, which is told of', async () => {
    await stage.notary('key generate');
    await stage.notary('key generate');
    const exported = (await stage.notary('key export')).stdout;
    await writeFile(stage.at('keys.pem'), exported.replace(/^path: .*$/m, 'path: broken'));
    await mkdir(stage.at('other'));
    const { status } = await stage.notary('-d other key import keys.pem');
    expect(status).toBe(1);
    expect(await readdir(stage.at('other/private'))).toHaveLength(1);
  });

  test('never show a passphrase', async () => {
    const outcome = await stage.notary(`-D init ${G} -p`);
    expect(outcome.stdout + outcome.stderr).not.toContain('sandbox-passphrase');
    expect(await readFile(stage.at('.notary/config.json'), 'utf8')).not.toContain('sandbox-passphrase');
  });
});

test('trustsandbox notary is notary by another name', async () => {
  const { runProgram } = await import('../../src/cli/run.ts');
  const { trustsandboxProgram } = await import('../../src/cli/trustsandbox-program.ts');
  const io = stage.io({ program: 'trustsandbox', env: { TRUSTSANDBOX_HOME: stage.at('state') } });
  const { stdout, status } = io.outcome(await runProgram(trustsandboxProgram, ['notary', 'key', '--help'], io));
  expect(status).toBe(0);
  expect(stdout).toContain('Usage:\n  trustsandbox notary key [command]\n');
});
