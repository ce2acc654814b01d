import { TemplateError } from './template-error.ts';

/** What stands between `{{` and `}}`, and the text around it (Go 1.24, text/template). */
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly words: readonly Word[] };

/**
 * A piece of an action. Strings are unquoted; a field is `.A.B`, `.` alone being the empty path; `at` is where its last
 * part stands in the source.
 */
export type Word =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'field'; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'variable'; readonly name: string; readonly path: readonly string[]; readonly at: number }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: '(' | ')' | '|' | ',' | ':=' | '=' };

const WORDS: readonly (readonly [RegExp, (match: RegExpExecArray, at: number) => Word])[] = [
  [/"(?:[^"\\\n]|\\.)*"/y, ([text]) => ({ kind: 'string', text: unquote(text) })],
  [/`[^`]*`/y, ([text]) => ({ kind: 'string', text: text.slice(1, -1) })],
  [/-?\d+(?:\.\d+)?/y, ([text]) => ({ kind: 'number', value: Number(text) })],
  [
    /\$([A-Za-z_]\w*)?((?:\.[A-Za-z_]\w*)*)/y,
    ([text, name = '', path = ''], at) => ({
      kind: 'variable',
      name,
      path: parts(path),
      at: at + text.lastIndexOf('.'),
    }),
  ],
  [/(?:\.[A-Za-z_]\w*)+/y, ([text], at) => ({ kind: 'field', path: parts(text), at: at + text.lastIndexOf('.') })],
  [/\./y, (_, at) => ({ kind: 'field', path: [], at })],
  [/[A-Za-z_]\w*/y, ([text]) => ({ kind: 'name', text })],
  [/:=|[()|,=]/y, ([text]) => ({ kind: 'mark', text: text as ')' })],
];

const ACTION = /\{\{(-\s)?((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*[\s\S]*?\*\/|[^"`])*?)(\s-)?\}\}/g;
const COMMENT = /^\s*\/\*[\s\S]*\*\/\s*$/;

/** @throws {TemplateError} an action that does not end, or a character that belongs nowhere */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isTrimming = false;
  const addText = (text: string): void => {
    const kept = isTrimming ? text.trimStart() : text;
    if (kept !== '') tokens.push({ kind: 'text', text: kept });
  };
  for (const match of source.matchAll(ACTION)) {
    const before = source.slice(at, match.index);
    addText(match[1] === undefined ? before : before.trimEnd());
    const body = match[2] ?? '';
    if (!COMMENT.test(body))
      tokens.push({ kind: 'action', words: splitWords(body, match.index + 2 + (match[1]?.length ?? 0)) });
    isTrimming = match[3] !== undefined;
    at = match.index + match[0].length;
  }
  const rest = source.slice(at);
  if (rest.includes('{{')) throw new TemplateError('template: :1: unclosed action');
  addText(rest);
  return tokens;
}

function splitWords(body: string, offset: number): Word[] {
  const words: Word[] = [];
  for (let at = skipSpace(body, 0); at < body.length; at = skipSpace(body, at)) {
    const found = WORDS.map(([pattern, make]) => {
      pattern.lastIndex = at;
      const match = pattern.exec(body);
      return match && { length: match[0].length, word: make(match, offset + at) };
    }).find((candidate) => candidate !== null);
    if (!found) throw new TemplateError(`unexpected ${JSON.stringify(body[at])} in command`);
    words.push(found.word);
    at += found.length;
  }
  return words;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? '')) at += 1;
  return at;
}

function parts(path: string): string[] {
  return path.split('.').filter((part) => part !== '');
}

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new TemplateError(`unterminated quoted string ${text}`);
  }
}
