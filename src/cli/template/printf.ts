import { GoList, isFloat, numberOf, textOf, typeName, type Value } from './go-values.ts';
import { showText } from './show.ts';

/** Flags, then width, precision and verb, each of which may name its argument: `%[1]*.[3]*[2]f`. */
const VERB =
  /%(?<flags>[-+ 0#]*)(?:\[(?<widthAt>[^\]]*)\])?(?<width>\*|\d+)?(?:\.(?:\[(?<precisionAt>[^\]]*)\])?(?<precision>\*|\d*))?(?:\[(?<verbAt>[^\]]*)\])?(?<verb>.)?/gsu;
const MAX_WIDTH = 1_000_000;
const MAX_DIGITS = 100; // what JavaScript tells of a fraction

interface Layout {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
}

/** The part of Go's `fmt.Sprintf` that templates use: widths, precisions, arguments by number, the verbs below (Go 1.24, `fmt`). */
export function formatText(format: string, values: readonly Value[]): string {
  const reader = new Arguments(values);
  // a number too large to be one ends the format, as Go reads it
  const end = [...format.matchAll(VERB)].find(
    ({ groups }) => isTooLarge(groups?.width) || isTooLarge(groups?.precision),
  );
  const whole = end ? format.slice(0, end.index) : format;
  const shown = whole.replaceAll(VERB, (...match: unknown[]) => formatOne(reader, match.at(-1) as Pieces));
  const text = end ? `${shown}%!(NOVERB)` : shown;
  const extra = reader.rest().map((value) => `${typeName(value)}=${showText(value)}`);
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(', ')})`;
}

type Pieces = Readonly<
  Record<'flags' | 'widthAt' | 'width' | 'precisionAt' | 'precision' | 'verbAt' | 'verb', string | undefined>
>;

/** The values of a format: one after the other, or from the one that is named on. */
class Arguments {
  readonly #values: readonly Value[];
  #at = 0;
  #isReordered = false;
  constructor(values: readonly Value[]) {
    this.#values = values;
  }

  /** @returns whether there is such an argument */
  goTo(index: string): boolean {
    this.#isReordered = true;
    const isOne = /^\d{1,9}$/.test(index) && Number(index) >= 1 && Number(index) <= this.#values.length;
    if (isOne) this.#at = Number(index) - 1;
    return isOne;
  }

  next(): { readonly value: Value } | undefined {
    if (this.#at >= this.#values.length) return undefined;
    this.#at += 1;
    return { value: this.#values[this.#at - 1] };
  }

  /** Those that nothing was said about; where arguments are named, none are missed. */
  rest(): readonly Value[] {
    return this.#isReordered ? [] : this.#values.slice(this.#at);
  }
}

function isTooLarge(text: string | undefined): boolean {
  return text !== undefined && text !== '*' && Number(text) > MAX_WIDTH;
}

function formatOne(reader: Arguments, { flags = '', verb, ...given }: Pieces): string {
  let isGood = given.widthAt === undefined || (reader.goTo(given.widthAt) && !/^\d/.test(given.width ?? ''));
  let [marks, problems] = [flags, ''];
  let width = countOf(reader, given.width);
  if (width !== undefined && width < 0) [width, marks] = [-width, `${flags.replaceAll('0', '')}-`];
  if (given.width !== undefined && width === undefined) {
    [width, problems] = [undefined, '%!(BADWIDTH)'];
  }
  if (given.precisionAt !== undefined)
    isGood = reader.goTo(given.precisionAt) && !/^\d/.test(given.precision ?? '') && isGood;
  let precision = given.precision === '' ? 0 : countOf(reader, given.precision);
  if (given.precision !== undefined && (precision === undefined || precision < 0)) {
    [precision, problems] = [undefined, `${problems}%!(BADPREC)`];
  }
  if (given.verbAt !== undefined) isGood = reader.goTo(given.verbAt) && isGood;
  if (verb === '[') reader.goTo(''); // the number of an argument, which nothing closes
  if (verb === undefined || verb === '[') return `${problems}%!(NOVERB)`;
  if (verb === '%') return `${problems}%`;
  if (!isGood) return `${problems}%!${verb}(BADINDEX)`;
  const found = reader.next();
  if (!found) return `${problems}%!${verb}(MISSING)`;
  return problems + formatVerb(verb, found.value, { flags: marks, width: width ?? 0, precision });
}

/** A width or precision: digits, or the next argument for `*`, which has to be a whole number. */
function countOf(reader: Arguments, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text !== '*') return Number(text);
  const found = reader.next();
  const number = found && !isFloat(found.value) ? numberOf(found.value) : undefined;
  return number !== undefined && Math.abs(number) <= MAX_WIDTH ? number : undefined;
}

function formatVerb(verb: string, value: Value, layout: Layout): string {
  const number = numberOf(value);
  if (verb === 'T') return pad(typeName(value), layout);
  const items = value instanceof GoList ? value.items : Array.isArray(value) ? (value as readonly Value[]) : undefined;
  if (items) return `[${items.map((item) => formatVerb(verb, item, layout)).join(' ')}]`;
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
