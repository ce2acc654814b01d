import { goJson } from './go-json.ts';
import { TemplateError } from './template-error.ts';

/** A value of a template: what JSON gives, or anything with members to read. */
export type Value = unknown;
type Function = (...values: Value[]) => Value;

/** docker's functions and Go's own (docker CLI 28, `templates`; Go 1.24, text/template, "Functions"). */
export const FUNCTIONS: ReadonlyMap<string, Function> = new Map<string, Function>([
  ['json', (value) => goJson(value)],
  ['split', (text, separator) => showText(text).split(showText(separator))],
  ['join', (list, separator) => elementsOf(list).map(showText).join(showText(separator))],
  ['title', (text) => showText(text).replaceAll(/\b\p{L}/gu, (letter) => letter.toUpperCase())],
  ['lower', (text) => showText(text).toLowerCase()],
  ['upper', (text) => showText(text).toUpperCase()],
  ['pad', (text, before, after) => padText(showText(text), before, after)],
  ['truncate', (text, length) => [...showText(text)].slice(0, Number(length)).join('')],
  ['len', (value) => lengthOf(value)],
  ['index', (value, ...keys) => keys.reduce<Value>((so, key) => memberAt(so, key), value)],
  ['slice', (value, from = 0, to) => sliceOf(value, from, to)],
  ['print', (...values) => values.map(showText).join('')],
  ['println', (...values) => `${values.map(showText).join(' ')}\n`],
  ['printf', (format, ...values) => formatText(showText(format), values)],
  ['not', (value) => !isTrue(value)],
  ['and', (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1)],
  ['or', (...values) => values.find((value) => isTrue(value)) ?? values.at(-1)],
  ['eq', (first, ...others) => others.some((other) => other === first)],
  ['ne', (a, b) => a !== b],
  ['lt', (a, b) => compare(a, b) < 0],
  ['le', (a, b) => compare(a, b) <= 0],
  ['gt', (a, b) => compare(a, b) > 0],
  ['ge', (a, b) => compare(a, b) >= 0],
  ['html', (text) => showText(text)],
]);

/** What `if` and `with` take for true: neither false, 0, nil nor empty. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  return typeof value !== 'object' || lengthOf(value) > 0;
}

/** A value as Go's `fmt` prints it: `[a b]`, `map[k:v]`. */
export function showText(value: Value): string {
  if (value === undefined || value === null) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(showNested).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${members.map(([name, item]) => `${name}:${showNested(item)}`).join(' ')}]`;
}

function showNested(value: Value): string {
  return value === undefined || value === null ? '<nil>' : showText(value);
}

export function elementsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (value === undefined || value === null) return [];
  throw new TemplateError(`can't iterate over ${showText(value)}`);
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  if (value === undefined || value === null) return 0;
  throw new TemplateError(`len of type ${typeof value}`);
}

function memberAt(value: Value, key: Value): Value {
  if (typeof value !== 'object' || value === null) throw new TemplateError('index of untyped nil');
  if (Array.isArray(value) && !(Number(key) >= 0 && Number(key) < value.length)) {
    throw new TemplateError(`error calling index: reflect: slice index out of range`);
  }
  return Object.hasOwn(value, String(key)) ? (value as Record<string, Value>)[String(key)] : undefined;
}

function sliceOf(value: Value, from: Value, to: Value): Value {
  const end = to === undefined ? undefined : Number(to);
  return Array.isArray(value) ? value.slice(Number(from), end) : showText(value).slice(Number(from), end);
}

function padText(text: string, before: Value, after: Value): string {
  return text === '' ? '' : ' '.repeat(Number(before)) + text + ' '.repeat(Number(after));
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  throw new TemplateError('incompatible types for comparison');
}

const VERB = /%([-+ 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

/** The part of Go's `fmt.Sprintf` that people use: %s %v %q %d %f %x %t, width and precision. */
function formatText(format: string, values: readonly Value[]): string {
  let at = 0;
  return format.replaceAll(
    VERB,
    (_, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (at >= values.length) return `%!${verb}(MISSING)`;
      const text = formatVerb(verb, values[at++], precision);
      if (width === undefined) return text;
      if (flags.includes('-')) return text.padEnd(Number(width));
      return text.padStart(Number(width), flags.includes('0') && verb !== 's' ? '0' : ' ');
    },
  );
}

function formatVerb(verb: string, value: Value, precision: string | undefined): string {
  switch (verb) {
    case 's':
      return precision === undefined ? showText(value) : showText(value).slice(0, Number(precision));
    case 'v':
    case 't':
    case 'd':
      return showText(value);
    case 'q':
      return JSON.stringify(showText(value));
    case 'f':
      return Number(value).toFixed(Number(precision ?? 6));
    case 'x':
      return typeof value === 'number' ? value.toString(16) : Buffer.from(showText(value)).toString('hex');
    default:
      return `%!${verb}(${typeof value}=${showText(value)})`;
  }
}
