import { expect, test } from 'vitest';
import { humanDuration } from '../core/index.ts';
import { goTime, rfc3339 } from './human-time.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

test.each([
  [500, 'Less than a second'],
  [1_500, '1 second'],
  [59_000, '59 seconds'],
  [MINUTE, 'About a minute'],
  [59 * MINUTE, '59 minutes'],
  [60 * MINUTE, 'About an hour'],
  [47 * 60 * MINUTE, '47 hours'],
  [2 * DAY, '2 days'],
  [14 * DAY, '2 weeks'],
  [90 * DAY, '3 months'],
  [4184 * DAY, '11 years'],
])('%i ms are shown as %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text);
});

test('times are shown as Go shows them', () => {
  const date = new Date(1_433_955_600_000);
  expect(goTime(date)).toMatch(/^2015-06-1\d \d\d:\d\d:\d\d [+-]\d{4} \S+$/);
  expect(new Date(rfc3339(date))).toEqual(date);
});
