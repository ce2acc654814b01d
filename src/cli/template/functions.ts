import { CallError, isEqual, order } from './compare.ts';
import { sortKeys } from './go-json.ts';
import {
  GoList,
  GoMap,
  GoNil,
  GoNumber,
  GoReference,
  GoStruct,
  isPlainMap,
  numberOf,
  textOf,
  typeName,
  type Value,
} from './go-values.ts';
import { formatText } from './printf.ts';
import { showText } from './show.ts';

/** What a function takes: Go refuses values of another type. */
export type Parameter = 'any' | 'string' | 'int' | '[]string';

export interface GoFunction {
  readonly parameters: readonly Parameter[];
  /** What any number of further arguments are. */
  readonly rest?: Parameter;
  readonly call: (...values: readonly Value[]) => Value;
}

const text = (value: Value): string => textOf(value) ?? '';
const number = (value: Value): number => numberOf(value) ?? 0;
const strings = (value: Value): readonly string[] => (value instanceof GoList ? value.items.map(text) : []);

const ofText = (call: (text: string) => string): GoFunction => ({
  parameters: ['string'],
  call: (value) => call(text(value)),
});
const ofMany = (call: (...values: readonly Value[]) => Value): GoFunction => ({ parameters: [], rest: 'any', call });
const ofOrder = (isSo: (order: number) => boolean): GoFunction => ({
  parameters: ['any', 'any'],
  call: (a, b) => isSo(order(a, b)),
});

const MAX_PADDING = 1_000_000;

/** docker's functions, then Go's own (docker CLI 28, `templates`; Go 1.24, text/template, "Functions"). */
export const FUNCTIONS: ReadonlyMap<string, GoFunction> = new Map<string, GoFunction>([
  ['json', { parameters: ['any'], call: jsonText }],
  [
    'split',
    { parameters: ['string', 'string'], call: (all, mark) => new GoList(split(text(all), text(mark)), '[]string') },
  ],
  ['join', { parameters: ['[]string', 'string'], call: (list, mark) => strings(list).join(text(mark)) }],
  ['title', ofText((it) => it.replaceAll(/(?<![\p{L}\p{N}_'])\p{L}/gu, (letter) => letter.toUpperCase()))],
  ['lower', ofText((it) => it.toLowerCase())],
  ['upper', ofText((it) => it.toUpperCase())],
  [
    'pad',
    {
      parameters: ['string', 'int', 'int'],
      call: (it, before, after) => padText(text(it), number(before), number(after)),
    },
  ],
  ['truncate', { parameters: ['string', 'int'], call: (it, length) => truncate(text(it), number(length)) }],
  ['len', { parameters: ['any'], call: lengthOf }],
  ['index', { parameters: ['any'], rest: 'any', call: (value, ...keys) => keys.reduce<Value>(memberAt, value) }],
  ['slice', { parameters: ['any'], rest: 'any', call: (value, ...bounds) => sliceOf(value, bounds) }],
  ['print', ofMany((...values) => printAll(values))],
  ['println', ofMany((...values) => `${values.map(showText).join(' ')}\n`)],
  ['printf', { parameters: ['string'], rest: 'any', call: (format, ...values) => formatText(text(format), values) }],
  ['not', { parameters: ['any'], call: (value) => !isTrue(value) }],
  ['and', { parameters: ['any'], rest: 'any', call: (...values) => values.find((it) => !isTrue(it)) ?? values.at(-1) }],
  ['or', { parameters: ['any'], rest: 'any', call: (...values) => values.find(isTrue) ?? values.at(-1) }],
  ['eq', { parameters: ['any'], rest: 'any', call: (first, ...others) => isEqual(first, others) }],
  ['ne', { parameters: ['any', 'any'], call: (a, b) => !isEqual(a, [b]) }],
  ['lt', ofOrder((it) => it < 0)],
  ['le', ofOrder((it) => it <= 0)],
  ['gt', ofOrder((it) => it > 0)],
  ['ge', ofOrder((it) => it >= 0)],
  ['html', ofMany((...values) => escapeWith(printAll(values), HTML))],
  ['js', ofMany((...values) => escapeWith(printAll(values), JS))],
  [
    'urlquery',
    ofMany((...values) => new URLSearchParams({ q: printAll(values) }).toString().slice(2).replaceAll('*', '%2A')),
  ],
  [
    'call',
    {
      parameters: ['any'],
      rest: 'any',
      call: (value) => fail(`non-function ${showText(value)} of type ${typeName(value)}`),
    },
  ],
]);

const HTML: ReadonlyMap<string, string> = new Map([
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['&', '&amp;'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['\0', '\uFFFD'],
]);
const JS: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
  ['&', '\\u0026'],
  ['=', '\\u003D'],
]);

function escapeWith(all: string, escapes: ReadonlyMap<string, string>): string {
  return [...all].map((character) => escapes.get(character) ?? character).join('');
}

function fail(problem: string): never {
  throw new CallError(problem);
}

/** What `if` and `with` take for true: neither false, 0, nil nor empty. A struct always is. */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null || value === false || value instanceof GoNil) return false;
  if (value instanceof GoReference) return true;
  const [asText, asNumber] = [textOf(value), numberOf(value)];
  if (asText !== undefined) return asText !== '';
  if (asNumber !== undefined) return asNumber !== 0;
  return entriesOf(value)?.length !== 0;
}

/** What `range` goes through: keys and values; undefined where it can't. */
export function entriesOf(value: Value): (readonly [Value, Value])[] | undefined {
  if (value instanceof GoMap) return [...value.entries];
  if (isPlainMap(value)) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const items = value instanceof GoList ? value.items : value;
  return Array.isArray(items) ? items.map((item: Value, i) => [i, item] as const) : undefined;
}

function split(all: string, mark: string): string[] {
  return mark === '' ? [...all] : all.split(mark);
}

/** docker's own: nothing escaped, but in what writes its JSON itself. */
function jsonText(value: Value): string {
  if (value instanceof GoStruct && value.marshal) return value.marshal();
  return JSON.stringify(sortKeys(value ?? null));
}

/** `fmt.Sprint`: spaces between neighbours of which none is a text. */
function printAll(values: readonly Value[]): string {
  return values
    .map((value, i) => {
      const isApart = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string';
      return `${isApart ? ' ' : ''}${showText(value)}`;
    })
    .join('');
}

function lengthOf(value: Value): number {
  const all = textOf(value);
  if (all !== undefined) return Buffer.byteLength(all);
  if (value === undefined || value === null) return fail('reflect: call of reflect.Value.Type on zero Value');
  if (value instanceof GoNil) return fail('len of nil pointer');
  return entriesOf(value)?.length ?? fail(`len of type ${typeName(value)}`);
}

function memberAt(value: Value, key: Value): Value {
  if (value === undefined || value === null) return fail('index of untyped nil');
  if (value instanceof GoNil) return fail('index of nil pointer');
  if (value instanceof GoMap || isPlainMap(value)) {
    const name = textOf(key) ?? fail(`value has type ${typeName(key)}; should be string`);
    if (value instanceof GoMap) return value.entries.has(name) ? value.entries.get(name) : value.zero;
    return Object.hasOwn(value, name) ? value[name] : undefined;
  }
  const items = value instanceof GoList ? value.items : Array.isArray(value) ? (value as Value[]) : undefined;
  const bytes = items === undefined ? textOf(value) : undefined;
  if (items === undefined && bytes === undefined) return fail(`can't index item of type ${typeName(value)}`);
  const all: readonly Value[] = items ?? [...Buffer.from(bytes ?? '')];
  return all[indexOf(key, all.length - 1)];
}

/** A bound of `index` and `slice`, up to and with `last`. */
function indexOf(key: Value, last: number): number {
  if (key === undefined || key === null) return fail('cannot index slice/array with nil');
  const at = numberOf(key);
  if (at === undefined || !Number.isInteger(at)) return fail(`cannot index slice/array with type ${typeName(key)}`);
  return at >= 0 && at <= last ? at : fail(`index out of range: ${at}`);
}

function sliceOf(value: Value, bounds: readonly Value[]): Value {
  if (value === undefined || value === null) return fail('slice of untyped nil');
  if (bounds.length > 3) return fail(`too many slice indexes: ${bounds.length}`);
  const all = textOf(value);
  const items = value instanceof GoList ? value.items : Array.isArray(value) ? (value as Value[]) : undefined;
  if (all === undefined && items === undefined) return fail(`can't slice item of type ${typeName(value)}`);
  if (all !== undefined && bounds.length === 3) return fail('cannot 3-index slice a string');
  const bytes = Buffer.from(all ?? '');
  const length = items?.length ?? bytes.length;
  const [from = 0, to = length] = bounds.map((bound) => indexOf(bound, length));
  if (from > to) return fail(`invalid slice index: ${from} > ${to}`);
  if (items === undefined) return bytes.subarray(from, to).toString();
  return value instanceof GoList ? new GoList(items.slice(from, to), value.type) : items.slice(from, to);
}

function padText(it: string, before: number, after: number): string {
  if (it === '') return '';
  if (before < 0 || after < 0) return fail('strings: negative Repeat count');
  if (before + after > MAX_PADDING) return fail(`more than ${MAX_PADDING} spaces`);
  return ' '.repeat(before) + it + ' '.repeat(after);
}

function truncate(it: string, length: number): string {
  if (length < 0) return fail(`runtime error: slice bounds out of range [:${length}]`);
  return [...it].slice(0, length).join('');
}

/** Whether a value can be given where a function wants `parameter`. */
export function fits(value: Value, parameter: Parameter): boolean {
  switch (parameter) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
      return numberOf(value) !== undefined && !(value instanceof GoNumber && value.type === 'float64');
    case '[]string':
      return value instanceof GoList && value.type === '[]string';
  }
}

/** Whether nil can be given for it. */
export function canBeNil(parameter: Parameter): boolean {
  return parameter === 'any' || parameter === '[]string';
}
