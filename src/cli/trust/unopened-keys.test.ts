import { expect, test } from 'vitest';
import type { PassphraseAnswer } from '../../trust/index.ts';
import { captureOutput } from '../testing/capture.ts';
import { tellUnopenedKeys } from './unopened-keys.ts';

const KEYID = 'c5c460a0d47f51cab915305d89571347ab98a7b37707cd8ef2ebb1f64d70617c';
const GIVE_UP: PassphraseAnswer = { kind: 'give-up' };
const ANSWER: PassphraseAnswer = { kind: 'passphrase', passphrase: 'sandbox-passphrase' };

test.each<[string, { program: string; answer: PassphraseAnswer; attempt: number; isNew?: boolean; says: string }]>([
  [
    'a passphrase that is wrong is told of, once for each key',
    {
      program: 'trustsandbox',
      answer: GIVE_UP,
      attempt: 1,
      says: 'the passphrase does not open the alice key c5c460a\n',
    },
  ],
  [
    'so is one that is missing',
    {
      program: 'trustsandbox',
      answer: { kind: 'refused' },
      attempt: 0,
      says: 'no passphrase was given for the alice key c5c460a: give one by --passphrase-file, --passphrase-stdin or DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE\n',
    },
  ],
  ['docker says nothing of it', { program: 'docker', answer: GIVE_UP, attempt: 1, says: '' }],
  ['nothing is said of an answer', { program: 'trustsandbox', answer: ANSWER, attempt: 1, says: '' }],
  ['nor of a new key', { program: 'trustsandbox', answer: GIVE_UP, attempt: 1, isNew: true, says: '' }],
])('%s', async (_title, { program, answer, attempt, isNew = false, says }) => {
  const stderr = captureOutput();
  const source = tellUnopenedKeys({ ask: async () => answer }, { program, stderr });
  for (let time = 0; time < 2; time += 1) {
    expect(await source.ask({ keyid: KEYID, role: 'alice', isNew, attempt })).toBe(answer);
  }
  expect(stderr.text).toBe(says);
});
