import { isJsonObject, parseJson } from '../../core/index.ts';
import type { ImageFilters } from '../summary.ts';
import { BadParameterError } from './reply.ts';

const MAX_FILTER_BYTES = 64 * 1024;
const KNOWN: ReadonlySet<string> = new Set(['reference', 'dangling', 'label', 'before', 'since']);

/** Reads `filters`: `{"reference":["a"]}`, or `{"reference":{"a":true}}` as older clients write it. @throws {BadParameterError} */
export function parseFilters(text: string | undefined): ImageFilters {
  if (!text) return new Map();
  const value = parseJson(text, { maxBytes: MAX_FILTER_BYTES });
  if (!isJsonObject(value)) throw new BadParameterError('invalid filter');
  return new Map(
    Object.entries(value).map(([name, values]) => {
      if (!KNOWN.has(name)) throw new BadParameterError(`invalid filter '${name}'`);
      const list: readonly unknown[] = Array.isArray(values) ? values : Object.keys(isJsonObject(values) ? values : {});
      return [name, list.filter((item) => typeof item === 'string')];
    }),
  );
}
