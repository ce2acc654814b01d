import { expect, test } from 'vitest';
import { compareNaturally } from './natural-order.ts';

test.each([
  ['numbers by what they count', ['1.9', '1.10', '2.0']],
  ['digits before letters', ['1', 'a']],
  ['capitals before small letters', ['B', 'a']],
  ['a name before those that go on', ['v', 'v1', 'v1-rc']],
  ['fewer zeros in front first', ['v1', 'v01', 'v001', 'v2']],
  ['numbers longer than any integer', ['9', '9'.repeat(40), `1${'0'.repeat(40)}`]],
  ['zero before one', ['0', '00', '1']],
])('sorts %s', (_, sorted) => {
  expect(sorted.toReversed().sort(compareNaturally)).toEqual(sorted);
});

test('says of equal names that they are', () => {
  expect(compareNaturally('v1.2', 'v1.2')).toBe(0);
});
