import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonValue, parseJson } from './json.ts';

describe('parseJson', () => {
  test('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        const text = JSON.stringify(plain, null, 1);
        expect(JSON.parse(JSON.stringify(parseJson(Buffer.from(text))))).toEqual(plain);
      }),
    );
  });

  test('agrees with JSON.parse about what is JSON, but for what it refuses on purpose', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:0123.eE+-truefalsn \\u\n') }), (text) => {
        let plain: { value: JsonValue } | undefined;
        try {
          plain = { value: JSON.parse(text) };
        } catch {
          plain = undefined;
        }
        let read: { value: JsonValue } | undefined;
        try {
          read = { value: parseJson(text) };
        } catch {
          return plain === undefined || /"[^"]*"\s*:.*"[^"]*"\s*:|\\u|1e|[0-9]e/i.test(text);
        }
        return JSON.stringify(read.value) === JSON.stringify(plain?.value);
      }),
    );
  });

  test.each([
    { why: 'is empty', text: '' },
    { why: 'ends early', text: '{"a":' },
    { why: 'goes on after the end', text: '{} {}' },
    { why: 'names a member twice', text: '{"a":1,"b":2,"a":3}' },
    { why: 'names a member twice, once escaped', text: '{"a":1,"\\u0061":2}' },
    { why: 'has a raw newline in a string', text: '"a\nb"' },
    { why: 'has a lone surrogate', text: '"\\ud800"' },
    { why: 'has an unknown escape', text: '"\\x"' },
    { why: 'has a leading zero', text: '01' },
    { why: 'has a number beyond a double', text: '1e999' },
    { why: 'has a trailing comma', text: '[1,]' },
    { why: 'begins with a byte order mark', text: '\ufeff{}' },
    { why: 'has a misspelt literal', text: 'nul' },
    { why: 'nests too deep', text: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
  ])('refuses text that $why', ({ text }) => {
    expect(() => parseJson(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'JSON_MALFORMED' }));
  });

  test('refuses invalid UTF-8 and more bytes than allowed', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow('invalid UTF-8');
    expect(() => parseJson('[1,2,3]', { maxBytes: 6 })).toThrow('more than 6 bytes');
  });

  test('keeps a member named __proto__ as any other', () => {
    const value = parseJson('{"__proto__":{"admin":true}}') as Record<string, JsonValue>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(value.admin).toBeUndefined();
  });

  test('reads a string of ten megabytes', () => {
    const text = 'x'.repeat(10_000_000);
    expect(parseJson(JSON.stringify(text))).toBe(text);
  });
});
