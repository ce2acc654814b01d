import { GoNil, GoTime, isFloat, numberOf, textOf, typeName, type Value } from './go-values.ts';
import { showText } from './show.ts';

/** A comparison, or a function, that Go refuses; the template says where. */
export class CallError extends Error {}

type Kind = 'string' | 'int' | 'float' | 'bool' | 'other';

function kindOf(value: Value): Kind {
  if (textOf(value) !== undefined) return 'string';
  if (numberOf(value) !== undefined) return isFloat(value) ? 'float' : 'int';
  return typeof value === 'boolean' ? 'bool' : 'other';
}

/** `eq`: whether the first is one of the others (Go 1.24, `text/template/funcs.go`). @throws {CallError} */
export function isEqual(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new CallError('missing argument for comparison');
  return others.some((other) => {
    const isNil = [first, other].some((value) => value === undefined || value === null || value instanceof GoNil);
    if (isNil) return isEmptyPointer(first) && isEmptyPointer(other);
    const kind = kindOf(first);
    if (kind !== kindOf(other)) throw new CallError('incompatible types for comparison');
    if (first instanceof GoTime && other instanceof GoTime) return first.text === other.text;
    if (kind === 'other') {
      const shown = [first, other].map((value) => `${typeName(value)}: ${showText(value)}`);
      throw new CallError(`non-comparable types ${shown.join(', ')}`);
    }
    return basicOf(first) === basicOf(other);
  });
}

function isEmptyPointer(value: Value): boolean {
  return value === undefined || value === null || value instanceof GoNil;
}

/** Below 0 where `a` comes first. @throws {CallError} */
export function order(a: Value, b: Value): number {
  const kind = kindOf(a);
  if (kind === 'other' || kindOf(b) === 'other' || kind === 'bool') {
    throw new CallError('invalid type for comparison');
  }
  if (kind !== kindOf(b)) throw new CallError('incompatible types for comparison');
  const [left, right] = [basicOf(a), basicOf(b)];
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const [before, after] = [String(left), String(right)];
  return before < after ? -1 : Number(before > after);
}

function basicOf(value: Value): Value {
  return textOf(value) ?? numberOf(value) ?? value;
}
