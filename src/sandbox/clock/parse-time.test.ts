import { expect, test } from 'vitest';
import { parseClockOffset } from './parse-time.ts';

const now = new Date('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;

test.each([
  ['+15d', 0, 15 * DAY_MS],
  ['+1d', DAY_MS, 2 * DAY_MS],
  ['-2h30m', 0, -9_000_000],
  ['+1y', 0, 365 * DAY_MS],
  ['+1w2d', 0, 9 * DAY_MS],
  ['2026-01-02', 5, DAY_MS],
  ['2025-12-31T12:00', 0, -DAY_MS / 2],
  ['2026-01-01T01:00:00+01:00', 0, 0],
])('%s, at a distance of %d ms, leads to %d ms', (text, current, offset) => {
  expect(parseClockOffset(text, { now, current })).toBe(offset);
});

test.each(['', '15d', '+', '+15', '+d', '+1x', '2026-13-01', '2026-01-01T', 'tomorrow', '+41y', '1900-01-01'])(
  '%j is refused',
  (text) => {
    expect(() => parseClockOffset(text, { now, current: 0 })).toThrow(
      expect.objectContaining({ code: 'SANDBOX_TIME_INVALID' }),
    );
  },
);
