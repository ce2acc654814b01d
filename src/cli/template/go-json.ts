import { isPlainMap } from './go-values.ts';

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
]);

/** JSON as Go writes it: `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.replaceAll(/[<>&\u2028\u2029]/g, (mark) => ESCAPED.get(mark) ?? mark);
}

/** The keys of maps in order, as `encoding/json` writes them; values of other kinds stay as they are. */
export function sortKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map(sortKeys) as T;
  if (!isPlainMap(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, sortKeys(item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}

/** Lays JSON out as Go's `json.Indent` does, to the byte between the spaces: numbers and escapes stay as they came. */
export function indentJson(text: string, indent: string): string {
  let depth = 0;
  const newLine = (): string => `\n${indent.repeat(depth)}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  return tokens
    .map((token, i) => {
      const next = tokens[i + 1];
      if (token === '{' || token === '[') {
        if (next === '}' || next === ']') return token;
        depth += 1;
        return token + newLine();
      }
      if (token === '}' || token === ']') {
        if (tokens[i - 1] === '{' || tokens[i - 1] === '[') return token;
        depth -= 1;
        return newLine() + token;
      }
      if (token === ',') return token + newLine();
      return token === ':' ? ': ' : token;
    })
    .join('');
}
