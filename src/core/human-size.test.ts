import { expect, test } from 'vitest';
import { humanSize } from './human-size.ts';

test.each([
  [0, '0B'],
  [15, '15B'],
  [512, '512B'],
  [19_180, '19.18kB'],
  [38_400, '38.4kB'],
  [1_234_567, '1.235MB'],
  [1_000_000_000, '1GB'],
])('%i bytes are shown as %s', (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});
