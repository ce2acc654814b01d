import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indentJson } from './go-json.ts';
import { compileTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';

const data = {
  ID: '066f08fc7b25',
  Size: 38_364,
  Tags: ['a:1', 'b:2'],
  None: [],
  Labels: { b: '2', a: '<1>' },
  Config: { Cmd: ['/x'], User: '' },
  Nothing: null,
};

describe('a template', () => {
  test.each([
    ['{{.ID}} {{.Size}}', '066f08fc7b25 38364'],
    ['{{.Tags}} {{.Labels}} {{.None}}', '[a:1 b:2] map[a:<1> b:2] []'],
    ['{{json .Labels}}', '{"a":"<1>","b":"2"}'],
    ['{{.Config | json}}', '{"Cmd":["/x"],"User":""}'],
    ['{{join (split "a,b" ",") ", "}}', 'a, b'],
    ['{{range .Tags}}<{{.}}>{{end}}', '<a:1><b:2>'],
    ['{{range $i, $t := .Tags}}{{$i}}={{$t}};{{end}}', '0=a:1;1=b:2;'],
    ['{{range .None}}x{{else}}none{{end}}', 'none'],
    ['{{range $k, $v := .Labels}}{{$k}}:{{$v}} {{end}}', 'a:<1> b:2 '],
    ['{{if .Config.User}}user{{else if .ID}}id{{else}}none{{end}}', 'id'],
    ['{{with .Config}}{{index .Cmd 0}}{{end}}', '/x'],
    ['{{$x := .ID}}{{truncate $x 4 | upper}}', '066F'],
    ['{{printf "%-5s|%5.2f|%q|%03d" "ab" 1.5 "c" 7}}', 'ab   | 1.50|"c"|007'],
    ['{{printf "%*d|%-*d|%.*f" 5 42 4 7 1 2.25}}', '   42|7   |2.2'],
    ['{{printf "%*d|" -4 7}}', '7   |'],
    ['{{printf "%[2]s %[1]s" "a" "b"}}', 'b a'],
    ['{{printf "%[1]s %[1]q %s" "a" "b"}}', 'a "a" b'],
    ['{{printf "%[3]*.[2]*[1]f|" 12.0 2 6}}', ' 12.00|'],
    ['{{printf "%[3]s %[x]d" "a"}}', '%!s(BADINDEX) %!d(BADINDEX)'],
    ['{{printf "%*d" "a" 3}}', '%!(BADWIDTH)3'],
    ['{{printf "%.*s" "a" "bc"}}', '%!(BADPREC)bc'],
    ['{{printf "%[1]s" "a" "b"}}', 'a'],
    ['{{if and (eq .ID "066f08fc7b25") (gt .Size 10)}}yes{{end}}', 'yes'],
    ['a {{- /* trimmed */ -}} b', 'ab'],
    ['{{.Missing}} {{.Nothing}}', '<no value> <no value>'],
    ['{{lower "ABC"}}{{title "abc"}}{{len .Tags}}', 'abcAbc2'],
    ['{{`raw "text"`}}{{"a\\tb"}}', 'raw "text"a\tb'],
    ['{{range .Tags}}{{$.ID}}{{end}}', '066f08fc7b25066f08fc7b25'],
  ])('%s gives %j', (source, text) => {
    expect(compileTemplate(source).fill(data)).toBe(text);
  });

  test.each([
    ['{{.ID', 'unclosed action'],
    ['{{if .ID}}x', 'unexpected EOF'],
    ['{{end}}', 'unexpected {{end}}'],
    ['{{nosuch .ID}}', 'function "nosuch" not defined'],
    ['{{}}', 'missing value for command'],
    ['{{(.ID}}', 'unclosed left paren'],
    ['{{.ID)}}', 'unexpected right paren'],
    ['{{/* open', 'unclosed comment'],
    ['{{"open}}', 'unterminated quoted string'],
    ['{{1a}}', 'bad number syntax: "1a"'],
    ['{{break}}', '{{break}} outside {{range}}'],
    ['{{$y}}', 'undefined variable "$y"'],
    ['{{.ID | "x"}}', 'non executable command in pipeline stage 2'],
  ])('%s is refused', (source, problem) => {
    const message = `template: :1: ${problem}`;
    expect(() => compileTemplate(source)).toThrow(expect.objectContaining({ code: 'CLI_TEMPLATE_SYNTAX', message }));
  });

  test.each([
    ['{{len}}', '<len>: wrong number of args for len: want 1 got 0'],
    ['{{upper 1}}', '<1>: expected string; found 1', 8],
    ['{{index .Tags 5}}', '<index .Tags 5>: error calling index: index out of range: 5'],
    ['{{eq .ID 1}}', '<eq .ID 1>: error calling eq: incompatible types for comparison'],
    ['{{range .ID}}{{end}}', "<.ID>: range can't iterate over 066f08fc7b25", 8],
    ['{{.ID .Size}}', '<.ID>: ID is not a method but has arguments'],
  ])('%s does not fit', (source, problem, column = 2) => {
    const message = `template: :1:${column}: executing "" at ${problem}`;
    expect(() => compileTemplate(source).fill(data)).toThrow(
      expect.objectContaining({ code: 'CLI_TEMPLATE', message }),
    );
  });

  test('may insist that members are there, and says where one is not', () => {
    const template = compileTemplate('{{.Config.Nope}}', (name) => `map has no entry for key "${name}"`);
    expect(() => template.fill(data)).toThrow(
      'template: :1:9: executing "" at <.Config.Nope>: map has no entry for key "Nope"',
    );
  });

  test('reads no members that data did not bring', () => {
    expect(compileTemplate('{{.constructor}}{{.__proto__}}').fill({})).toBe('<no value><no value>');
  });
});

describe('any text', () => {
  const piece = fc.constantFrom(
    ...['{{', '}}', '{{-', '-}}', '(', ')', '|', ' ', '.', '$', ':=', '=', ',', '"', '`', "'", '\\n', '/*', '*/', '%d'],
    ...['if', 'else', 'end', 'range', 'with', 'define', 'template', 'block', 'break', 'nil', 'true', '-1', '1.5', '0x'],
    ...[
      '.ID',
      '.Tags',
      '.Nope',
      '$x',
      'len',
      'index',
      'slice',
      'printf',
      'join',
      'pad',
      'truncate',
      'json',
      'eq',
      'and',
    ],
  );

  test('is filled or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 24 }), (pieces) => {
        try {
          return typeof compileTemplate(pieces.join('')).fill(data) === 'string';
        } catch (thrown) {
          return thrown instanceof TemplateError;
        }
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['{{pad .ID -1 2}}', 'error calling pad: strings: negative Repeat count'],
    ['{{pad .ID 1 99999999999}}', 'error calling pad: more than 1000000 spaces'],
    ['{{truncate .ID -1}}', 'error calling truncate: runtime error: slice bounds out of range [:-1]'],
    ['{{define "x"}}{{template "x"}}{{end}}{{template "x"}}', 'exceeded maximum template depth (200)'],
    [`{{${'('.repeat(10_000)}`, 'max expression depth exceeded'],
    ['{{if 1}}'.repeat(10_000), 'max expression depth exceeded'],
  ])('that asks for too much is refused: %.40s', (source, problem) => {
    expect(() => compileTemplate(source).fill(data)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(problem) }),
    );
  });

  test('prints no more than a million characters of nothing', () => {
    const filled = (source: string): string => compileTemplate(source).fill(data);
    expect(filled('{{printf "a%99999999d|" 1}}')).toBe('a%!(NOVERB)%!(EXTRA int=1)'); // as docker CLI 28
    expect(filled('{{printf "%.9999999f|" 1.5}}')).toBe('%!(NOVERB)%!(EXTRA float64=1.5)');
    expect(filled('{{printf "%c|%.150f" -1 0.5}}')).toBe(`\uFFFD|0.5${'0'.repeat(149)}`);
  });
});

test('JSON is laid out as Go does it, to the digit', () => {
  const text = '{"a":[],"b":{},"c":[1.50,{"d":"x,{y}:\\u003c"}],"e":9007199254740993}';
  expect(indentJson(text, '    ')).toBe(
    '{\n    "a": [],\n    "b": {},\n    "c": [\n        1.50,\n        {\n            "d": "x,{y}:\\u003c"\n        }\n    ],\n    "e": 9007199254740993\n}',
  );
});
