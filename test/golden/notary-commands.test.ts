import { chmod, cp, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../interop/peers/run.ts';
import { comparableNotary } from '../notary-output.ts';
import { type NotaryStage, type StageOutcome, setNotaryStage } from '../notary-stage.ts';
import { type Invocation, readTranscript } from './transcript.ts';

let stage: NotaryStage;
beforeEach(async () => {
  stage = await setNotaryStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

/** Gives one command of a recording again: ours for `notary`, the shell for others, and for what ours is piped into. */
async function perform(command: string, { environment }: Pick<Invocation, 'environment'>): Promise<StageOutcome> {
  const [, ours, filter] = /^(notary [^|]*) \| (grep .*)$/.exec(command) ?? [];
  if (ours && filter) {
    const { stdout } = await perform(ours, { environment });
    return run('sh', ['-c', filter], { cwd: stage.home, input: stdout });
  }
  const [words = '', file] = command.split(' < ');
  if (!words.startsWith('notary')) return run('sh', ['-c', command], { cwd: stage.home, env: { HOME: stage.home } });
  const input = file ? 'hello world\n' : '';
  return stage.notary(words.split(' ').slice(1).join(' '), { env: environment, input });
}

/** The log of `-D` is the original's own. */
const isPlayable = ({ command }: Invocation): boolean => !command.includes(' -D ');

/** Listed as the file system has them, or by key. */
const isUnordered = (command: string): boolean => /^find |^notary key export/.test(command);

describe('notary 0.7 printed the same as ours, in', () => {
  test.each(['20-notary-cli-basic', '21-notary-cli-delegation'])('%s', async (recording) => {
    const played = readTranscript(`${recording}.txt`).filter(isPlayable);
    expect(played.length).toBeGreaterThan(45);
    for (const invocation of played) {
      const joined = await performAll(invocation.command, invocation);
      expect.soft(comparable(invocation.command, joined)).toEqual(comparable(invocation.command, invocation));
    }
  });
});

test('notary 0.7 did the same with the keys of 0.4.3 as ours does', async () => {
  const legacy = join(import.meta.dirname, 'recordings/trust-dir/notary-0.4.3/private');
  await cp(legacy, stage.at('.notary', 'private'), { recursive: true });
  // A checkout does not keep who may read what.
  await chmod(stage.at('.notary', 'private'), 0o700);
  const keys = await readdir(legacy, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of keys.filter((entry) => entry.isFile())) {
    await chmod(join(stage.at('.notary', 'private'), relative(legacy, parentPath), name), 0o600);
  }
  const recorded = readTranscript('24-legacy-trust-dir.txt');
  for (const [index, invocation] of recorded.entries()) {
    if (index === 3) await publishByLegacyKeys(invocation);
    const command = invocation.command.replace('$HOME', stage.home);
    const outcome = await performAll(command, invocation);
    expect.soft(comparable(command, outcome)).toEqual(comparable(command, invocation));
  }
});

/** What 0.4.3 had published: the server that gave the timestamp key is no more, so another has one in its place. */
async function publishByLegacyKeys({ environment }: Invocation): Promise<void> {
  const gun = 'example.com/vec-0.4.3';
  const before = (await perform('notary key list', { environment })).stdout;
  await perform('printf "hello world\\n" > target.txt', { environment });
  expect((await perform(`notary init ${gun} -p`, { environment })).status).toBe(0);
  for (const role of ['targets', 'snapshot']) {
    const keyid = new RegExp(`^${role} .* ([0-9a-f]{64})`, 'm').exec(before)?.[1];
    const rotated = await perform(`notary key rotate ${gun} ${role} -k .notary/private/${keyid}.key`, {
      environment: { ...environment, NOTARY_ROOT_PASSPHRASE: 'sandbox-passphrase' },
    });
    expect(rotated.status, rotated.stdout).toBe(0);
  }
  expect((await perform(`notary add ${gun} v1 target.txt -p`, { environment })).status).toBe(0);
  expect((await perform('notary key list', { environment })).stdout).toBe(before); // those of init are gone again
}

async function performAll(commands: string, invocation: Invocation): Promise<StageOutcome> {
  const outcomes: StageOutcome[] = [];
  for (const command of commands.split('; ')) outcomes.push(await perform(command, invocation));
  return {
    stdout: outcomes.map(({ stdout }) => stdout).join(''),
    stderr: outcomes.map(({ stderr }) => stderr).join(''),
    status: outcomes.at(-1)?.status ?? 0,
  };
}

const comparable = (command: string, { stdout, stderr, status }: StageOutcome) => ({
  command,
  stdout: inOrder(command, comparableNotary(withoutSignatures(command, stdout), stage.home)),
  stderr: comparableNotary(stderr, stage.home),
  status,
});

const inOrder = (command: string, text: string): string =>
  isUnordered(command)
    ? text
        .split('\n')
        .filter((line) => !line.startsWith('.notary/locks/'))
        .sort()
        .join('\n')
    : text;

/** Of a metadata file: its form, without keys, dates and signatures, which differ from run to run. */
function withoutSignatures(command: string, text: string): string {
  if (!command.startsWith('cat ')) return text;
  return text
    .replace(/"(sig|public|sha256|sha512)":"[^"]*"/g, '"$1":"BASE64"')
    .replace(/"(rsa|ecdsa)-x509"/g, '"KIND-x509"') // sorted by id
    .replace(/"expires":"[^"]*"/g, '"expires":"DATE"');
}
