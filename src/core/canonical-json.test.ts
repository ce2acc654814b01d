import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCanonicalJson } from './canonical-json.ts';
import { type JsonValue, parseJson } from './json.ts';

describe('formatCanonicalJson', () => {
  test.each<[string, JsonValue, string]>([
    ['sorts members by the bytes of their names', { b: 1, a: 2, B: 3, '': 4 }, '{"":4,"B":3,"a":2,"b":1}'],
    ['puts code points above U+FFFF last', { '\u{1f600}': 1, '\uffff': 2 }, '{"\uffff":2,"\u{1f600}":1}'],
    ['escapes quotes and backslashes only', 'a"b\\c/<>&', '"a\\"b\\\\c/<>&"'],
    ['leaves control characters raw', '\n\t\u0000', '"\n\t\u0000"'],
    ['leaves line separators raw', '\u2028\u2029', '"\u2028\u2029"'],
    ['has one zero', [0, -0, 1e3, -7], '[0,0,1000,-7]'],
    ['has the three literals', [true, false, null], '[true,false,null]'],
    ['has empty containers', [{}, []], '[{},[]]'],
  ])('%s', (_, value, text) => {
    expect(formatCanonicalJson(value)).toBe(text);
  });

  test.each([1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('has no form for %d', (number) => {
    expect(() => formatCanonicalJson(number)).toThrow(expect.objectContaining({ code: 'JSON_NOT_CANONICAL' }));
  });

  test('does not depend on the order of members or on space', () => {
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.integer(),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        tie('object'),
      ),
      object: fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value')),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        const reordered = JSON.stringify(value, (_, inner) =>
          typeof inner === 'object' && inner !== null ? Object.fromEntries(Object.entries(inner).reverse()) : inner,
        );
        const canonical = formatCanonicalJson(value as JsonValue);
        expect(formatCanonicalJson(parseJson(reordered))).toBe(canonical);
      }),
    );
  });
});
