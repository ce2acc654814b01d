import { FlagError } from '../flags.ts';

/** `--filter` values as the Engine takes them, `{"label":{"a":true}}`; undefined where there are none. @throws {FlagError} */
export function formatFilters(values: readonly string[], flag: string): string | undefined {
  if (values.length === 0) return undefined;
  const filters = new Map<string, Map<string, boolean>>();
  for (const value of values) {
    const at = value.indexOf('=');
    if (at < 0) {
      throw new FlagError(
        `invalid argument ${JSON.stringify(value)} for ${JSON.stringify(flag)} flag: bad format of filter (expected name=value)`,
      );
    }
    const name = value.slice(0, at).trim().toLowerCase();
    const texts = filters.get(name) ?? new Map<string, boolean>();
    filters.set(name, texts.set(value.slice(at + 1).trim(), true));
  }
  return JSON.stringify(Object.fromEntries([...filters].map(([name, texts]) => [name, Object.fromEntries(texts)])));
}
