import { parseYamlValue } from './parse-yaml.ts';
import { emptyMap, type Origin, type Setting, type SettingMap } from './setting.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts the variables that begin with `prefix` over the settings of a file, as distribution does: `REGISTRY_HTTP_ADDR` is
 * `http.addr`, values are YAML, and what is less specific is applied first, so that `REGISTRY_STORAGE` does not undo
 * `REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY`. Items of lists have their number for a name.
 */
export function overlayEnvironment(
  settings: SettingMap,
  { prefix, environment, except = [] }: { prefix: string; environment: Environment; except?: readonly string[] },
): SettingMap {
  let result: SettingMap = settings;
  for (const name of Object.keys(environment).sort()) {
    const value = environment[name];
    if (!name.startsWith(prefix) || value === undefined || except.includes(name)) continue;
    const path = name.slice(prefix.length).split('_');
    if (path.includes('')) continue;
    const origin: Origin = { kind: 'variable', name };
    result = setInMap(result, path, parseYamlValue(value, origin));
  }
  return result;
}

function setInMap(map: SettingMap, [first = '', ...rest]: readonly string[], value: Setting): SettingMap {
  const known = [...map.entries.keys()].find((name) => name.toUpperCase() === first.toUpperCase());
  const name = known ?? first.toLowerCase();
  const before = map.entries.get(name);
  const after = rest.length === 0 ? value : setBelow(before, rest, value);
  return { ...map, entries: new Map([...map.entries, [name, after]]) };
}

function setBelow(before: Setting | undefined, path: readonly string[], value: Setting): Setting {
  if (before?.kind === 'map') return setInMap(before, path, value);
  if (before?.kind === 'list') return setInList(before.items, path, value);
  // `auth: htpasswd` and then REGISTRY_AUTH_HTPASSWD_REALM: a name alone is a map of that name with nothing in it.
  const name = before?.kind === 'scalar' && typeof before.value === 'string' ? before.value : undefined;
  const map = emptyMap(before?.origin ?? value.origin);
  return setInMap(name ? { ...map, entries: new Map([[name, emptyMap(map.origin)]]) } : map, path, value);
}

function setInList(items: readonly Setting[], [first = '', ...rest]: readonly string[], value: Setting): Setting {
  const index = Number(first);
  if (!Number.isInteger(index) || index < 0 || index > items.length) return value;
  const after = rest.length === 0 ? value : setBelow(items[index], rest, value);
  return { kind: 'list', items: [...items.slice(0, index), after, ...items.slice(index + 1)], origin: value.origin };
}
