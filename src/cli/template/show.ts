import {
  GoList,
  GoMap,
  GoNil,
  GoNumber,
  GoReference,
  GoStruct,
  GoTime,
  isPlainMap,
  JsonNumber,
  type Value,
} from './go-values.ts';

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?(Z|[-+]\d\d:?\d\d)$/;
const POINTER = '0xc000000000'; // an address, which nobody can rely on

/** A value as Go's `fmt` prints it by `%v`: `[a b]`, `map[k:v]`, `{a b}`. */
export function showText(value: Value): string {
  if (value instanceof GoReference) return show(value.value);
  return value === undefined || value === null ? '<no value>' : show(value);
}

function show(value: Value): string {
  if (value === undefined || value === null || value instanceof GoNil) return '<nil>';
  if (value instanceof GoNumber) return showNumber(value.value);
  if (typeof value === 'number') return showNumber(value);
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof GoTime) return showTime(value.text);
  if (value instanceof GoList) return `[${value.items.map(showInner).join(' ')}]`;
  if (Array.isArray(value)) return `[${value.map(showInner).join(' ')}]`;
  if (value instanceof GoMap) return showMap([...value.entries]);
  if (value instanceof GoStruct) return `{${[...value.fields.values()].map(showInner).join(' ')}}`;
  if (!isPlainMap(value)) return String(value);
  return showMap(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function showMap(entries: readonly (readonly [string, Value])[]): string {
  return `map[${entries.map(([name, item]) => `${name}:${showInner(item)}`).join(' ')}]`;
}

/** Below the first level a pointer is its address. */
function showInner(value: Value): string {
  const isPointer = value instanceof GoReference || (value instanceof GoStruct && value.type.startsWith('*'));
  return isPointer ? POINTER : show(value);
}

/** `%v` of a number: exponents from 1e21 on, as for JavaScript, but of two digits at least. */
export function showNumber(value: number): string {
  return String(value).replace(/e([-+])(\d)$/, 'e$10$2');
}

/** `2026-11-24 12:23:50.235121631 +0000 UTC`. Of zones only UTC has a name here. */
export function showTime(text: string): string {
  const [, day, time, fraction, zone = 'Z'] = TIME.exec(text) ?? [];
  if (day === undefined) return text;
  const offset = zone === 'Z' ? '+0000' : zone.replace(':', '');
  return `${day} ${time}${fraction ? `.${fraction}` : ''} ${offset} ${offset === '+0000' ? 'UTC' : offset}`;
}
