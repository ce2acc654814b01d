import { cp } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Gives one command of a recording again: ours for `notary`, the shell for others. */
async function perform(command: string, { environment }: Invocation): Promise<StageOutcome> {
  const [words = '', file] = command.split(' < ');
  if (!words.startsWith('notary')) return run('sh', ['-c', command], { cwd: stage.home, env: { HOME: stage.home } });
  const input = file ? 'hello world\n' : '';
  return stage.notary(words.split(' ').slice(1).join(' '), { env: environment, input });
}

/** Pipes, and what the shell sees of files that are the real program's own. */
const isPlayable = ({ command }: Invocation): boolean => !/[|]|2>&1|^cat |^find |-D |^notary$/.test(command);

describe('notary 0.7 printed the same as ours, in', () => {
  test.each(['20-notary-cli-basic', '21-notary-cli-delegation'])('%s', async (recording) => {
    const played = readTranscript(`${recording}.txt`).filter(isPlayable);
    expect(played.length).toBeGreaterThan(40);
    for (const invocation of played) {
      const outcomes: StageOutcome[] = [];
      for (const command of invocation.command.split('; ')) outcomes.push(await perform(command, invocation));
      const joined = {
        stdout: outcomes.map(({ stdout }) => stdout).join(''),
        stderr: outcomes.map(({ stderr }) => stderr).join(''),
        status: outcomes.at(-1)?.status ?? 0,
      };
      expect.soft(comparable(invocation.command, joined)).toEqual(comparable(invocation.command, invocation));
    }
  });
});

test('notary 0.7 did the same with the keys of 0.4.3 as ours does', async () => {
  const legacy = join(import.meta.dirname, 'recordings/trust-dir/notary-0.4.3/private');
  await cp(legacy, stage.at('.notary', 'private'), { recursive: true });
  const recorded = readTranscript('24-legacy-trust-dir.txt');
  const played = [...recorded.slice(0, 3), ...recorded.slice(-2)]; // the others need what 0.4.3 published
  for (const invocation of played) {
    const command = invocation.command.replace('$HOME', stage.home);
    const outcome = await perform(command, invocation);
    const inOrder = ({ stdout, ...rest }: StageOutcome) => ({ ...rest, stdout: stdout.split('\n').sort() });
    const isSorted = command.startsWith('find');
    const [found, expected] = [comparable(command, outcome), comparable(command, invocation)];
    expect.soft(isSorted ? inOrder(found) : found).toEqual(isSorted ? inOrder(expected) : expected);
  }
});

const comparable = (command: string, { stdout, stderr, status }: StageOutcome) => ({
  command,
  stdout: comparableNotary(stdout, stage.home),
  stderr: comparableNotary(stderr, stage.home),
  status,
});
