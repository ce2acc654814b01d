import type { JsonValue } from '../../core/index.ts';

/**
 * Filters of a prune: those of the command line, and `pruneFilters` of config.json where it has no opposite of them
 * (docker CLI 28, `PruneFilters`).
 */
export function pruneFilters(given: readonly string[], configured: JsonValue | undefined): string[] {
  const defaults = (Array.isArray(configured) ? configured : []).map(String).filter((filter) => filter.includes('='));
  const opposite = (filter: string): string =>
    filter.startsWith('label!=') ? filter.replace('label!=', 'label=') : filter.replace(/^label=/, 'label!=');
  return [...given, ...defaults.filter((filter) => !given.includes(opposite(filter)) && !given.includes(filter))];
}
