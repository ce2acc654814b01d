import { describe, expect, test } from 'vitest';
import { parseRepositoryName, parseTag } from './repository-name.ts';

describe('parseRepositoryName', () => {
  test.each(['a', 'test/trusttest', 'a/b/c/d', 'a-b__c.d/e---f'])('takes %s', (text) => {
    expect(parseRepositoryName(text)).toBe(text);
  });

  test.each([
    { why: 'is empty', text: '' },
    { why: 'has upper case', text: 'Test' },
    { why: 'climbs', text: '../etc' },
    { why: 'has an empty component', text: 'a//b' },
    { why: 'ends in a slash', text: 'a/' },
    { why: 'has three underscores', text: 'a___b' },
    { why: 'begins with an underscore', text: '_layers/a' },
    { why: 'is over 255 characters', text: 'a'.repeat(256) },
  ])('refuses a name that $why', ({ text }) => {
    expect(() => parseRepositoryName(text)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  });
});

test.each(['', '.a', '-a', 'a/b', 'a:b', 'a'.repeat(129)])('refuses the tag %j', (text) => {
  expect(() => parseTag(text)).toThrow(expect.objectContaining({ code: 'TAG_INVALID' }));
});
