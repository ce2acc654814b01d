import { isFloat, numberOf, textOf, typeName, type Value } from './go-values.ts';
import { showText } from './show.ts';

const VERB = /%([-+ 0#]*)(\d+)?(?:\.(\d*))?(.)?/gsu;
const MAX_WIDTH = 1_000_000;
const MAX_DIGITS = 100; // what JavaScript tells of a fraction

interface Layout {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** The part of Go's `fmt.Sprintf` that templates use: widths, precisions and the verbs below (Go 1.24, `fmt`). */
export function formatText(format: string, values: readonly Value[]): string {
  let at = 0;
  const text = format.replaceAll(VERB, (_, flags: string, width?: string, precision?: string, verb?: string) => {
    if (verb === undefined) return '%!(NOVERB)';
    if (verb === '%') return '%';
    if (at >= values.length) return `%!${verb}(MISSING)`;
    const value = values[at++];
    if (Number(width ?? 0) > MAX_WIDTH) return '%!(BADWIDTH)';
    if (Number(precision ?? 0) > MAX_WIDTH) return '%!(BADPREC)';
    const layout = {
      flags,
      width: Number(width ?? 0),
      precision: precision === undefined ? undefined : Number(precision),
    };
    return formatVerb(verb, value, layout);
  });
  const extra = values.slice(at).map((value) => `${typeName(value)}=${showText(value)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

function formatVerb(verb: string, value: Value, layout: Layout): string {
  const number = numberOf(value);
  if (verb === 'T') return pad(typeName(value), layout);
  if (number !== undefined && verb !== 'v') {
    const body = isFloat(value) ? floatVerb(verb, number, layout) : integerVerb(verb, number);
    return body === undefined ? bad(verb, value) : padNumber(body, number, layout);
  }
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? pad(String(value), layout) : bad(verb, value);
  const text = textOf(value);
  if (text !== undefined) return textVerb(verb, text, value, layout);
  if (value === undefined || value === null) return verb === 'v' ? pad('<nil>', layout) : `%!${verb}(<nil>)`;
  return verb === 'v' || verb === 's' ? pad(showText(value), layout) : bad(verb, value);
}

function textVerb(verb: string, text: string, value: Value, layout: Layout): string {
  const { precision } = layout;
  const cut = precision === undefined ? text : [...text].slice(0, precision).join('');
  switch (verb) {
    case 's':
    case 'v':
      return pad(cut, layout);
    case 'q':
      return pad(JSON.stringify(cut), layout);
    case 'x':
      return pad(Buffer.from(text).toString('hex'), layout);
    case 'X':
      return pad(Buffer.from(text).toString('hex').toUpperCase(), layout);
    default:
      return bad(verb, value);
  }
}

function integerVerb(verb: string, value: number): string | undefined {
  switch (verb) {
    case 'd':
      return String(value);
    case 'x':
      return value.toString(16);
    case 'X':
      return value.toString(16).toUpperCase();
    case 'o':
      return value.toString(8);
    case 'b':
      return value.toString(2);
    case 'c':
      return characterOf(value);
    case 'q':
      return `'${characterOf(value)}'`;
    case 'U':
      return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    default:
      return undefined;
  }
}

/** What is no character is shown as one that could not be read. */
function characterOf(value: number): string {
  return value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value) : '\uFFFD';
}

function floatVerb(verb: string, value: number, { precision = 6 }: Layout): string | undefined {
  switch (verb) {
    case 'f':
    case 'F':
      return roundHalfEven(value, Math.min(precision, MAX_DIGITS)) + '0'.repeat(Math.max(0, precision - MAX_DIGITS));
    case 'e':
      return value.toExponential(Math.min(precision, MAX_DIGITS)).replace(/e([-+])(\d)$/, 'e$10$2');
    case 'g':
      return showText(value);
    default:
      return undefined;
  }
}

/** `toFixed` rounds exact halves up; Go rounds them to even. */
function roundHalfEven(value: number, digits: number): string {
  const scaled = Math.abs(value) * 10 ** digits;
  if (digits > 15 || scaled % 1 !== 0.5 || Math.floor(scaled) % 2 !== 0) return value.toFixed(digits);
  return ((Math.sign(value) * Math.floor(scaled)) / 10 ** digits).toFixed(digits);
}

function padNumber(body: string, value: number, layout: Layout): string {
  const sign = value < 0 ? '' : layout.flags.includes('+') ? '+' : layout.flags.includes(' ') ? ' ' : '';
  if (!layout.flags.includes('0') || layout.flags.includes('-'))
    return pad(sign + body, { ...layout, flags: layout.flags.replaceAll('0', '') });
  const digits = value < 0 ? body.slice(1) : body;
  const shown = value < 0 ? '-' : sign;
  return shown + digits.padStart(layout.width - shown.length, '0');
}

function pad(text: string, { flags, width }: Layout): string {
  if (flags.includes('-')) return text.padEnd(width);
  return text.padStart(width, flags.includes('0') ? '0' : ' ');
}

function bad(verb: string, value: Value): string {
  return `%!${verb}(${typeName(value)}=${showText(value)})`;
}
