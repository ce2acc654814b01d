/** What a template is made of (Go 1.24, `text/template/parse/lex.go`). `at` is where it begins in the source, in characters. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'string'
  | 'rawString'
  | 'character'
  | 'number'
  | 'bool'
  | 'field'
  | 'dot'
  | 'nil'
  | 'variable'
  | 'name'
  | 'keyword'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'leftParen'
  | 'rightParen'
  | 'mark'
  | 'end of file'
  | 'error';

const KEYWORDS: ReadonlySet<string> = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);
const SPACE = /\s/;
const NUMBER =
  /^[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?\d+)?|0[bB][01_]+|0[oO][0-7_]+|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/;
const WORD = /[\p{L}\p{Nd}_]/u;

/** Takes a template apart; what is wrong is the last token, of kind `error`, so that the parser may fail before it. */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let isTrimming = false;
  while (true) {
    const open = source.indexOf('{{', at);
    const hasTrim = open >= 0 && source[open + 2] === '-' && SPACE.test(source[open + 3] ?? '');
    const raw = source.slice(at, open < 0 ? undefined : open);
    const left = isTrimming ? raw.trimStart() : raw;
    const text = hasTrim ? left.trimEnd() : left;
    if (text !== '') tokens.push({ kind: 'text', text, at: at + raw.length - left.length });
    if (open < 0) break;
    const inside = open + (hasTrim ? 3 : 2);
    const comment = hasTrim ? /^\s*/.exec(source.slice(inside))?.[0].length : 0;
    const body = inside + (comment ?? 0);
    if (source.startsWith('/*', body)) {
      const end = source.indexOf('*/', body);
      if (end < 0) return [...tokens, { kind: 'error', text: 'unclosed comment', at: body }];
      const [closing = ''] = /^(?:\s+-)?\}\}/.exec(source.slice(end + 2)) ?? [];
      if (closing === '') {
        return [...tokens, { kind: 'error', text: 'comment ends before closing delimiter', at: body }];
      }
      isTrimming = closing.length > 2;
      at = end + 2 + closing.length;
      continue;
    }
    tokens.push({ kind: 'open', text: '{{', at: open });
    const action = lexAction(source, inside);
    tokens.push(...action.tokens);
    if (action.end === undefined) return tokens;
    at = action.end;
    isTrimming = action.isTrimming;
  }
  return [...tokens, { kind: 'end of file', text: '', at: source.length }];
}

/** Up to and with its `}}`. `end` is undefined after an error. */
function lexAction(source: string, from: number): { tokens: Token[]; end?: number; isTrimming: boolean } {
  const tokens: Token[] = [];
  let depth = 0;
  let at = from;
  const fail = (text: string) => ({
    tokens: [...tokens, { kind: 'error', text, at } as const],
    isTrimming: false,
  });
  while (true) {
    const [closing] = /^(?:\s+-)?\}\}/.exec(source.slice(at, at + 64)) ?? [];
    if (closing !== undefined) {
      if (depth > 0) return fail('unclosed left paren');
      tokens.push({ kind: 'close', text: '}}', at });
      return { tokens, end: at + closing.length, isTrimming: closing.length > 2 };
    }
    if (at >= source.length) return fail('unclosed action');
    const found = lexWord(source, at);
    if (typeof found === 'string') return fail(found);
    if (found.kind === 'leftParen') depth += 1;
    if (found.kind === 'rightParen') depth -= 1;
    if (depth < 0) return fail('unexpected right paren');
    tokens.push({ ...found, at });
    at += found.text.length;
  }
}

/** The token that begins there, or what is wrong with it. */
function lexWord(source: string, at: number): Omit<Token, 'at'> | string {
  const rest = source.slice(at);
  const [first = ''] = rest;
  if (SPACE.test(first)) return { kind: 'space', text: /^\s+?(?=\s+-\}\}|\S|$)/.exec(rest)?.[0] ?? first };
  switch (first) {
    case '"':
      return quoted(rest, /^"(?:[^"\\\n]|\\[^\n])*"/, 'string', 'unterminated quoted string');
    case '`':
      return quoted(rest, /^`[^`]*`/, 'rawString', 'unterminated raw quoted string');
    case "'":
      return quoted(rest, /^'(?:[^'\\\n]|\\[^\n])*'/, 'character', 'unterminated character constant');
    case '|':
      return { kind: 'pipe', text: first };
    case '=':
      return { kind: 'assign', text: first };
    case ':':
      return rest.startsWith(':=') ? { kind: 'declare', text: ':=' } : 'expected :=';
    case '(':
      return { kind: 'leftParen', text: first };
    case ')':
      return { kind: 'rightParen', text: first };
    case '$':
      return lexNamed(rest, 'variable');
    case '.':
      if (!/^\.\d/.test(rest)) return lexNamed(rest, 'field');
  }
  if (/[-+.\d]/.test(first)) return lexNumber(rest);
  if (WORD.test(first)) return lexName(rest);
  return /^[\x20-\x7e]/.test(first) ? { kind: 'mark', text: first } : badCharacter('unrecognized', rest, 0);
}

function quoted(rest: string, pattern: RegExp, kind: TokenKind, problem: string): Omit<Token, 'at'> | string {
  const [text] = pattern.exec(rest) ?? [];
  return text === undefined ? problem : { kind, text };
}

function lexNumber(rest: string): Omit<Token, 'at'> | string {
  const [text = ''] = NUMBER.exec(rest) ?? [];
  const next = rest[text.length] ?? '';
  if (WORD.test(next)) return `bad number syntax: ${JSON.stringify(text + next)}`;
  return { kind: 'number', text };
}

/** `.Name` or `$name`; the first character alone is the dot, or the template's data. */
function lexNamed(rest: string, kind: 'field' | 'variable'): Omit<Token, 'at'> | string {
  let length = 1;
  while (WORD.test(rest[length] ?? '')) length += 1;
  if (!isTerminated(rest, length)) return badCharacter('bad', rest, length);
  if (length === 1) return { kind: kind === 'field' ? 'dot' : 'variable', text: rest.slice(0, 1) };
  return { kind, text: rest.slice(0, length) };
}

function lexName(rest: string): Omit<Token, 'at'> | string {
  let length = 1;
  while (WORD.test(rest[length] ?? '')) length += 1;
  if (!isTerminated(rest, length)) return badCharacter('bad', rest, length);
  const text = rest.slice(0, length);
  if (KEYWORDS.has(text)) return { kind: 'keyword', text };
  if (text === 'true' || text === 'false') return { kind: 'bool', text };
  return { kind: text === 'nil' ? 'nil' : 'name', text };
}

function isTerminated(rest: string, length: number): boolean {
  return length >= rest.length || /^(?:[\s.,|:()]|\}\})/.test(rest.slice(length));
}

function badCharacter(what: string, rest: string, at: number): string {
  const [character = ''] = rest.slice(at);
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `${what} character${what === 'bad' ? '' : ' in action:'} U+${code} '${character}'`;
}
