import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, expect, test } from 'vitest';
import { Htpasswd } from './htpasswd.ts';

const folder = mkdtempSync(join(tmpdir(), 'htpasswd-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'users');

test.each(['$2a$', '$2b$', '$2y$'])('a hash that begins with %s is checked', async (prefix) => {
  writeFileSync(path, `alice:${hashSync('secret', 4).replace('$2b$', prefix)}\n`);
  const users = new Htpasswd(path);
  const checks = ['secret', 'Secret', '', 'secret\0', 'secret'].map((password) => users.check('alice', password));
  expect(await Promise.all(checks)).toEqual([true, false, false, false, true]);
});

test('those who guess do not keep everybody else from being served', async () => {
  writeFileSync(path, `alice:${hashSync('secret', 10)}\n`);
  const users = new Htpasswd(path);
  await users.check('alice', 'first'); // the thread is there
  const guesses = Array.from({ length: 8 }, (_, index) => users.check('alice', `guess ${index}`));
  let turns = 0;
  let isOver = false;
  void Promise.all(guesses).then(() => {
    isOver = true;
  });
  for (; !isOver; turns++) await new Promise(setImmediate);
  expect(turns).toBeGreaterThan(100);
});

test('a line of guesses has an end', async () => {
  writeFileSync(path, `alice:${hashSync('secret', 4)}\n`);
  const users = new Htpasswd(path);
  const guesses = Array.from({ length: 300 }, (_, index) => users.check('alice', `guess ${index}`));
  expect(await users.check('alice', 'secret')).toBe(false);
  await Promise.all(guesses);
  expect(await users.check('alice', 'secret')).toBe(true);
  const known = Array.from({ length: 300 }, () => users.check('alice', 'secret')); // remembered: no line for these
  expect(new Set(await Promise.all(known))).toEqual(new Set([true]));
});

test('many connections with the same password are one check', async () => {
  writeFileSync(path, `alice:${hashSync('secret', 10)}\n`);
  const users = new Htpasswd(path);
  const checks = Array.from({ length: 300 }, () => users.check('alice', 'secret'));
  expect(new Set(await Promise.all(checks))).toEqual(new Set([true]));
});
