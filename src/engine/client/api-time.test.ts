import { describe, expect, test } from 'vitest';
import { formatApiTime } from './api-time.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');

describe('a time for the Engine', () => {
  test.each([
    ['10m', '1767322445.678000000'],
    ['1h30m', '1767317645.678000000'],
    ['1767322445', '1767322445'],
    ['1767322445.5', '1767322445.5'],
    ['2026-01-02T03:04:05Z', '1767323045.000000000'],
    ['2026-01-02T03:04:05.123456789Z', '1767323045.123456789'],
    ['2026-01-02T05:04+02:00', '1767323040.000000000'],
    ['2026-01-02Z', '1767312000.000000000'],
  ])('%s is %s', (text, seconds) => {
    expect(formatApiTime(text, NOW)).toBe(seconds);
  });

  test.each(['', 'xx', '2026-13-01', 'yesterday'])('is not %j', (text) => {
    expect(() => formatApiTime(text, NOW)).toThrow(expect.objectContaining({ code: 'ENGINE_API_TIME' }));
  });
});
