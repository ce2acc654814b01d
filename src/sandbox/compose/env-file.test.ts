import { expect, test } from 'vitest';
import { parseEnvFile } from './env-file.ts';

const parse = (text: string) =>
  Object.fromEntries(parseEnvFile(text, { file: '.env', lookup: (name) => (name === 'OUTER' ? 'outer' : undefined) }));

test.each([
  ['FOO=bar', { FOO: 'bar' }],
  ['FOO = bar', { FOO: 'bar' }],
  ['FOO: bar', { FOO: 'bar' }],
  ['\texport FOO=bar ', { FOO: 'bar' }],
  ['FOO=', { FOO: '' }],
  ['FOO="a b" # comment', { FOO: 'a b' }],
  ["FOO='$OUTER'", { FOO: '$OUTER' }],
  ['FOO="$OUTER"', { FOO: 'outer' }],
  ['FOO="\\$OUTER"', { FOO: '$OUTER' }],
  ['FOO=${OUTER}/x', { FOO: 'outer/x' }],
  ['A=1\nB=${A}2', { A: '1', B: '12' }],
  ['FOO=bar # comment', { FOO: 'bar' }],
  ['FOO=123#no-comment', { FOO: '123#no-comment' }],
  ['FOO="a\\nb"', { FOO: 'a\nb' }],
  ['FOO=a\\tb', { FOO: 'a\\tb' }],
  ['FOO="one\ntwo"', { FOO: 'one\ntwo' }],
  ['FOO="say \\"hi\\""', { FOO: 'say "hi"' }],
  ['FOO="\\0123"', { FOO: 'S' }],
  ['FOO=a=b', { FOO: 'a=b' }],
  ['# comment\n\nFOO=bar\r\n', { FOO: 'bar' }],
  ['OUTER\nINNER', { OUTER: 'outer' }],
])('%j gives %j', (text, variables) => {
  expect(parse(text)).toEqual(variables);
});

test.each([
  ['A=1\nlol$wut', '.env: line 2: unexpected character "$" in variable name "lol$wut"'],
  ['A=1\n\nB="open', '.env: line 3: unterminated quoted value'],
  ['A=${B', '.env: line 1: invalid interpolation format'],
])('%j is refused, with its line', (text, message) => {
  expect(() => parse(text)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
});

test('raw lines are taken as they are', () => {
  const raw = parseEnvFile('A="$B" # c\n#no\nX', { file: 'f', lookup: () => undefined, format: 'raw' });
  expect(Object.fromEntries(raw)).toEqual({ A: '"$B" # c' });
});
