import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpolate } from './interpolate.ts';

const VARIABLES = new Map([
  ['FOO', 'first'],
  ['BAR', ''],
  ['JSON', '{"json":2}'],
]);

function substitute(text: string) {
  const unset: string[] = [];
  const result = interpolate(text, { lookup: (name) => VARIABLES.get(name), onUnset: (name) => unset.push(name) });
  return { result, unset };
}

// FOO is set, BAR is set to nothing, and the others are not set (Compose Specification, "Interpolation").
test.each([
  ['$$', '$'],
  ['$${foo}', '${foo}'],
  ['a $ string', 'a $ string'],
  ['^REGEX$', '^REGEX$'],
  ['$}', '$}'],
  ['$FOO-bar', 'first-bar'],
  ['This $FOO var', 'This first var'],
  ['This ${FOO} var', 'This first var'],
  ['This ${BAR} var', 'This  var'],
  ['${JSON}', '{"json":2}'],
  ['${missing:-def}', 'def'],
  ['${missing-def}', 'def'],
  ['${BAR:-def}', 'def'],
  ['${BAR-def}', ''],
  ['${FOO:-def}', 'first'],
  ['${BAR:-/non:-alphanumeric}', '/non:-alphanumeric'],
  ['${missing:+there}', ''],
  ['${missing+there}', ''],
  ['${FOO:+there}', 'there'],
  ['${FOO+there}', 'there'],
  ['${BAR+there}', 'there'],
  ['${BAR:+there}', ''],
  ['${FOO:?err}', 'first'],
  ['${FOO?err}', 'first'],
  ['${BAR?err}', ''],
  ['+ok ${UNSET:-${BAR-defaultValue}}', '+ok '],
  [':?ok ${BAR:-defaultValue}', ':?ok defaultValue'],
  ['ok ${UNSET-$FOO}', 'ok first'],
  ['ok ${UNSET-${FOO} ${FOO}}', 'ok first first'],
  ['ok ${BAR+$FOO ${FOO:+second}}', 'ok first second'],
  ['${UNSET:-{"a":"b"\\}', '{"a":"b"\\'],
])('%j becomes %j', (text, expected) => {
  expect(substitute(text).result).toBe(expected);
});

test.each(['${', '${}', '${ }', '${ foo}', '${foo }', '${foo!}', '${foo'])('%j is refused', (text) => {
  expect(() => substitute(text)).toThrow(/invalid interpolation format/);
});

test.each([
  ['${UNSET:?Mandatory}', 'required variable UNSET is missing a value: Mandatory'],
  ['${BAR:?Mandatory}', 'required variable BAR is missing a value: Mandatory'],
  ['${UNSET?Mandatory ${FOO}}', 'required variable UNSET is missing a value: Mandatory first'],
  ['${UNSET:?}', 'required variable UNSET is missing a value'],
])('%j says that a required variable is missing', (text, message) => {
  expect(() => substitute(text)).toThrow(message);
});

describe('an unset variable is told of', () => {
  test.each([
    ['$missing', ['missing']],
    ['${A:-${B}}', ['B']],
    ['${A:+${A},}B', []],
    ['${FOO?${B}}', []],
    ['${BAR}', []],
  ])('in %j: %j', (text, unset) => {
    expect(substitute(text).unset).toEqual(unset);
  });
});

test('text whose dollars are doubled comes back as it was', () => {
  fc.assert(fc.property(fc.string(), (text) => substitute(text.replaceAll('$', '$$$$')).result === text));
});
