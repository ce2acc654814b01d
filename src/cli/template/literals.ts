const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);
const ESCAPE = /\\(?:([abfnrtv\\'"])|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3}))/g;

/** The text of a quoted or raw string (Go 1.24, `strconv.Unquote`); undefined where it has an escape there is none of. */
export function unquoteString(source: string): string | undefined {
  const inner = source.slice(1, -1);
  if (source.startsWith('`')) return inner.replaceAll('\r', '');
  if (inner.replaceAll(ESCAPE, '').includes('\\')) return undefined;
  return inner.replaceAll(ESCAPE, (_, simple?: string, ...digits: (string | undefined)[]) => {
    if (simple !== undefined) return ESCAPES.get(simple) ?? '';
    const [x, u, long, octal] = digits;
    return String.fromCodePoint(
      octal === undefined ? Number.parseInt(x ?? u ?? long ?? '0', 16) : Number.parseInt(octal, 8),
    );
  });
}

/** The number of a character constant. */
export function unquoteCharacter(source: string): number | undefined {
  const [character, ...more] = unquoteString(source) ?? '';
  return more.length > 0 ? undefined : character?.codePointAt(0);
}

/** A number as Go writes it: `0x1F`, `1_000`, `017`, `1e3`. */
export function parseNumber(source: string): number | undefined {
  const text = source.replaceAll('_', '');
  const [, sign = '', digits = ''] = /^([-+]?)(.*)$/.exec(text) ?? [];
  const value = /^0\d+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isNaN(value) || digits === '' ? undefined : sign === '-' ? -value : value;
}

/** Whether a number is a fraction by how it is written: `12.0`, `1e3` (Go 1.24, `text/template`, `idealConstant`). */
export function isFloatText(source: string): boolean {
  return /^[-+]?0[xX]/.test(source) ? /[.pP]/.test(source) : /[.eEpP]/.test(source);
}
