import { describe, expect, test } from 'vitest';
import { DetachWatch, parseDetachKeys } from './detach-keys.ts';

describe('detach keys', () => {
  test.each([
    [undefined, [16, 17]],
    ['', [16, 17]],
    ['ctrl-a,a', [1, 97]],
    ['ctrl-@,ctrl-[,ctrl-_', [0, 27, 31]],
  ])('%j are %j', (text, keys) => {
    expect(parseDetachKeys(text)).toEqual(keys);
  });

  test.each(['abc', 'ctrl-1', 'ctrl-aa', 'a,,b'])('%j are refused', (text) => {
    expect(() => parseDetachKeys(text)).toThrow(`invalid detach keys (${text}): Unknown character: '`);
  });

  test.each([
    [['ab\x10\x11c'], 'ab', true],
    [['ab\x10', '\x11'], 'ab', true],
    [['\x10a\x10', 'b'], '\x10a\x10b', false],
    [['\x10\x10\x11'], '\x10', true],
    [['plain'], 'plain', false],
  ])('typing %j sends %j', (typed, sent, isDetached) => {
    const watch = new DetachWatch(parseDetachKeys());
    const reads = typed.map((text) => watch.read(Buffer.from(text, 'latin1')));
    expect(Buffer.concat(reads.map(({ bytes }) => bytes)).toString('latin1')).toBe(sent);
    expect(reads.at(-1)?.isDetached).toBe(isDetached);
  });
});
