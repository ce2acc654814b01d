import { RegistryError } from '../errors.ts';

/** What a page is to begin after, and how many entries it may have. `limit` `undefined`: all. */
export interface PageRequest {
  readonly limit: number | undefined;
  readonly last: string | undefined;
}

/** Most entries of one answer (distribution's `catalog.maxentries` and `tags.maxtags`). */
export interface PageLimits {
  readonly catalog: number;
  /** `undefined`: all tags, when a client does not say how many. */
  readonly tags: number | undefined;
}

export const DEFAULT_LIMITS: PageLimits = { catalog: 1000, tags: undefined };

export interface Page<T extends string> {
  readonly entries: readonly T[];
  /** Header of this name, when entries follow. */
  readonly link: Readonly<Record<'Link', string>> | undefined;
}

/** Reads `n` and `last` (distribution-spec v1.1 end-8b). @throws {RegistryError} PAGINATION_NUMBER_INVALID */
export function parsePageRequest(n: string | undefined, last: string | undefined): PageRequest {
  if (n !== undefined && !/^\d{1,9}$/.test(n))
    throw new RegistryError('PAGINATION_NUMBER_INVALID', { n: n.slice(0, 40) });
  return { limit: n === undefined ? undefined : Number(n), last };
}

/** The page of `sorted` that was asked for: entries after `last`, exclusive, in code-point order. */
export function cutPage<T extends string>(sorted: readonly T[], { limit, last }: PageRequest, path: string): Page<T> {
  const begin = last === undefined ? 0 : firstAfter(sorted, last);
  const entries = sorted.slice(begin, limit === undefined ? undefined : begin + limit);
  const final = entries.at(-1);
  const isMore = final !== undefined && begin + entries.length < sorted.length;
  return {
    entries,
    link: isMore ? { Link: `<${path}?last=${encodeURIComponent(final)}&n=${limit}>; rel="next"` } : undefined,
  };
}

function firstAfter(sorted: readonly string[], last: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}
