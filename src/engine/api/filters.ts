import { isJsonObject, parseJson } from '../../core/index.ts';
import { BadParameterError } from './reply.ts';

/** Filters of a request: each name with the values given. */
export type Filters = ReadonlyMap<string, readonly string[]>;

const MAX_FILTER_BYTES = 64 * 1024;

/**
 * Reads `filters`: `{"reference":["a"]}`, or `{"reference":{"a":true}}` as older clients write it. Names outside `known`
 * are refused, where it is given.
 * @throws {BadParameterError}
 */
export function parseFilters(text: string | undefined, known?: ReadonlySet<string>): Filters {
  if (!text) return new Map();
  const value = parseJson(text, { maxBytes: MAX_FILTER_BYTES });
  if (!isJsonObject(value)) throw new BadParameterError('invalid filter');
  return new Map(
    Object.entries(value).map(([name, values]) => {
      if (known && !known.has(name)) throw new BadParameterError(`invalid filter '${name}'`);
      const list: readonly unknown[] = Array.isArray(values) ? values : Object.keys(isJsonObject(values) ? values : {});
      return [name, list.filter((item) => typeof item === 'string')];
    }),
  );
}

const TRUE = new Set(['1', 'true', 't']);
const FALSE = new Set(['0', 'false', 'f']);

/** A filter that is yes or no, in any of its spellings. @throws {BadParameterError} */
export function booleanFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters.get(name)?.map((value) => value.toLowerCase());
  if (!values || values.length === 0) return undefined;
  const isTrue = values.some((value) => TRUE.has(value));
  const isFalse = values.some((value) => FALSE.has(value));
  if (isTrue === isFalse) throw new BadParameterError(`invalid filter '${name}=[${values.join(' ').slice(0, 80)}]'`);
  return isTrue;
}
