import { expect, test } from 'vitest';
import { humanCount } from './human-count.ts';

test.each([
  [0, 'key', '0 keys'],
  [1, 'key', '1 key'],
  [2, 'key', '2 keys'],
  [1, 'repository', '1 repository'],
  [3, 'repository', '3 repositories'],
  [2, 'byte', '2 bytes'],
])('%i times %j is %j', (count, what, text) => {
  expect(humanCount(count, what)).toBe(text);
});
