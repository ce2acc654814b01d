import { describe, expect, test } from 'vitest';
import { findInstant, formatGoDate, formatInstant } from './expiry.ts';
import { parseGun } from './gun.ts';
import { parseRoleName } from './role-name.ts';

describe('parseRoleName', () => {
  test.each(['root', 'targets', 'snapshot', 'timestamp', 'targets/releases', 'targets/a/b-c_9'])('takes %s', (text) => {
    expect(parseRoleName(text)).toBe(text);
  });

  test.each([
    '',
    'Root',
    'foo',
    'targets/',
    'targets//a',
    'targets/A',
    'targets/a/',
    'targets/..',
    '/targets',
    `targets/${'a'.repeat(248)}`,
  ])('refuses %j', (text) => {
    expect(() => parseRoleName(text)).toThrow(`tuf: invalid role ${text}.`);
  });
});

describe('parseGun', () => {
  test.each(['alpine', 'docker.io/library/alpine', 'sandboxregistry:5000/test/trusttest', 'a.b/…c'])(
    'takes %s',
    (text) => {
      expect(parseGun(text)).toBe(text);
    },
  );

  test.each(['', '/', '/a', 'a/', 'a//b', 'a/../b', '..', './a', 'a*b', 'a\0b', 'a\nb', 'a\\b', 'a'.repeat(256)])(
    'refuses %j',
    (text) => {
      expect(() => parseGun(text)).toThrow(expect.objectContaining({ code: 'GUN_INVALID' }));
    },
  );
});

describe('dates', () => {
  test.each([
    ['2026-11-22T05:04:33.123456789Z', 'Sun Nov 22 05:04:33 UTC 2026'],
    ['2026-11-02T00:00:00-07:00', 'Mon Nov 2 00:00:00 -0700 2026'],
    ['0001-01-01T00:00:00Z', 'Mon Jan 1 00:00:00 UTC 0001'],
  ])('%s is shown as Go shows it', (text, shown) => {
    expect(formatGoDate(text)).toBe(shown);
  });

  test.each(['', '2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-22', '2026-11-22T05:04:33', 'soon'])(
    '%j is no date',
    (text) => {
      expect(findInstant(text)).toBeUndefined();
    },
  );

  test('a written date has no zeros at the end of its fraction', () => {
    expect(formatInstant(new Date('2026-11-22T10:00:00.120Z'))).toBe('2026-11-22T10:00:00.12Z');
    expect(formatInstant(new Date('2026-11-22T10:00:00.000Z'))).toBe('2026-11-22T10:00:00Z');
  });
});
