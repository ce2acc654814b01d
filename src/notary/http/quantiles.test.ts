import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Quantiles } from './quantiles.ts';

const MINUTE = 60_000;

test('there are none of no values', () => {
  expect(new Quantiles(0).at([0.5, 0.99], 0)).toEqual([Number.NaN, Number.NaN]);
});

test('a quantile is at most 2 % above the value that it stands for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1e9 }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.9, 0.99),
      (values, q) => {
        const quantiles = new Quantiles(0);
        for (const value of values) quantiles.note(value, 0);
        const exact = [...values].sort((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? 0;
        const [found = 0] = quantiles.at([q], 0);
        expect(found).toBeGreaterThanOrEqual(exact * 0.999999);
        expect(found).toBeLessThanOrEqual(exact * 1.020001);
      },
    ),
  );
});

test('values count for ten minutes, and in count and sum for ever', () => {
  const quantiles = new Quantiles(0);
  quantiles.note(1000, 0);
  expect(quantiles.at([0.5], 7 * MINUTE)[0]).toBeCloseTo(1000, -2);
  quantiles.note(10, 8 * MINUTE);
  expect(quantiles.at([0.99], 9 * MINUTE)[0]).toBeCloseTo(1000, -2);
  expect(quantiles.at([0.99], 11 * MINUTE)[0]).toBeCloseTo(10, 0);
  expect(quantiles.at([0.99], 60 * MINUTE)).toEqual([Number.NaN]);
  expect([quantiles.count, quantiles.sum]).toEqual([2, 1010]);
});
