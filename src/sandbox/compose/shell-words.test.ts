import { expect, test } from 'vitest';
import { splitWords } from './shell-words.ts';

test.each([
  ['a b  c', ['a', 'b', 'c']],
  ['sh -c \'a "b" $c\'', ['sh', '-c', 'a "b" $c']],
  ['a"b c"d', ['ab cd']],
  ['"a\\"b" \'a\\b\'', ['a"b', 'a\\b']],
  ['a\\ b', ['a b']],
  ['""', ['']],
  ['  \n ', []],
])('%j is the words %j', (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test.each(["'a", '"a', 'a "b\\"'])('%j has a quote that is not closed', (text) => {
  expect(() => splitWords(text)).toThrow(/is not closed/);
});
