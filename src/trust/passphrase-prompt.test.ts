import { describe, expect, test } from 'vitest';
import { environmentPassphrases, type PassphraseAnswer, type PassphraseRequest } from './passphrase.ts';
import { promptPassphrases } from './passphrase-prompt.ts';

const keyid = '2158812'.padEnd(64, '0');
const request = (parts: Partial<PassphraseRequest> = {}): PassphraseRequest => ({
  keyid,
  role: 'targets',
  isNew: false,
  attempt: 0,
  ...parts,
});

/** A person who types `answers`, and a screen. */
function person(...answers: string[]) {
  const screen: string[] = [];
  const source = promptPassphrases({
    say: (line) => void screen.push(line),
    async askHidden(prompt) {
      screen.push(prompt);
      return answers.shift();
    },
  });
  return { source, screen };
}

const given = (passphrase: string): PassphraseAnswer => ({ kind: 'passphrase', passphrase });

describe('a prompt', () => {
  test.each([
    { parts: { role: 'targets' }, prompt: 'Enter passphrase for repository key with ID 2158812: ' },
    { parts: { role: 'snapshot' }, prompt: 'Enter passphrase for repository key with ID 2158812: ' },
    { parts: { role: 'root' }, prompt: 'Enter passphrase for root key with ID 2158812: ' },
    { parts: { role: 'alice' }, prompt: 'Enter passphrase for alice key with ID 2158812: ' },
    { parts: { role: 'encrypted', keyid: undefined }, prompt: 'Enter passphrase for encrypted key: ' },
  ])('for $parts is docker’s', async ({ parts, prompt }) => {
    const { source, screen } = person('secret');
    expect(await source.ask(request(parts))).toEqual(given('secret'));
    expect(screen).toEqual([prompt]);
  });

  test('for a new root key comes after a warning, and twice', async () => {
    const { source, screen } = person('long enough', 'long enough');
    expect(await source.ask(request({ role: 'root', isNew: true }))).toEqual(given('long enough'));
    expect(screen).toHaveLength(8);
    expect(screen[0]).toMatch(/^You are about to create a new root signing key passphrase\./);
    expect(screen.slice(-2)).toEqual([
      'Enter passphrase for new root key with ID 2158812: ',
      'Repeat passphrase for new root key with ID 2158812: ',
    ]);
  });

  test.each([
    { answers: ['short'], says: /^Passphrase is too short\. Please use a password manager/ },
    { answers: ['long enough', 'other enough'], says: /^Passphrases do not match\. Please retry\.$/ },
    { answers: [], says: /^Enter passphrase for new repository key/ },
  ])('refuses $answers for a new key', async ({ answers, says }) => {
    const { source, screen } = person(...answers);
    expect(await source.ask(request({ isNew: true }))).toEqual({ kind: 'refused' });
    expect(screen.at(-1)).toMatch(says);
  });

  test('comes three times more after a wrong passphrase, and then no more', async () => {
    const { source, screen } = person('one', 'two', 'three', 'four');
    for (const attempt of [0, 1, 2, 3]) expect((await source.ask(request({ attempt }))).kind).toBe('passphrase');
    expect(await source.ask(request({ attempt: 4 }))).toEqual({ kind: 'give-up' });
    expect(screen.filter((line) => line === 'Passphrase incorrect. Please retry.')).toHaveLength(3);
  });

  test('does not come again for a role that was answered for', async () => {
    const { source, screen } = person('secret');
    await source.ask(request());
    expect(await source.ask(request())).toEqual(given('secret'));
    expect(screen).toHaveLength(1);
  });

  test('passes over spaces around the answer', async () => {
    expect(await person(' secret \r').source.ask(request())).toEqual(given('secret'));
  });
});

describe('passphrases of the environment', () => {
  const env = { DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'abc', DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'def' };
  const nobody = { ask: async () => ({ kind: 'give-up' }) as const };
  const source = environmentPassphrases(env, nobody);

  test.each([
    ['root', 'abc'],
    ['targets', 'def'],
    ['snapshot', 'def'],
    ['alice', 'def'],
  ])('for %s: %s, however short', async (role, passphrase) => {
    expect(await source.ask(request({ role, isNew: true }))).toEqual(given(passphrase));
  });

  test('are given up when they were wrong twice', async () => {
    expect((await source.ask(request({ attempt: 1 }))).kind).toBe('passphrase');
    expect((await source.ask(request({ attempt: 2 }))).kind).toBe('give-up');
  });

  test('leave a person to be asked where they are not set, or empty', async () => {
    const partly = environmentPassphrases(
      { DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'def', DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: '' },
      nobody,
    );
    expect((await partly.ask(request({ role: 'root' }))).kind).toBe('give-up');
    expect((await partly.ask(request({ role: 'targets' }))).kind).toBe('passphrase');
  });
});
