import type { Environment } from './environment.ts';
import type { SettingProblem } from './problem.ts';
import { emptyMap, type Setting, type SettingMap } from './setting.ts';

/** Settings with variables over them, and the variables that belong to no setting. */
export interface NamedOverlay {
  readonly settings: SettingMap;
  readonly unknown: readonly SettingProblem[];
}

/**
 * Puts variables over the settings of a file, as programs do that ask for each setting by its name (viper's `AutomaticEnv`):
 * `server.http_addr` is `NOTARY_SERVER_SERVER_HTTP_ADDR`, and a variable whose setting nobody asks for does nothing. Values are
 * texts; an empty one is none. `keys` are all settings there are, in lower case.
 */
export function overlayNamedVariables(
  settings: SettingMap,
  { prefix, environment, keys }: { prefix: string; environment: Environment; keys: readonly string[] },
): NamedOverlay {
  const byVariable = new Map(keys.map((key) => [variableOf(prefix, key), key]));
  const unknown: SettingProblem[] = [];
  let result = settings;
  for (const name of Object.keys(environment).sort()) {
    const text = environment[name] ?? '';
    if (!name.startsWith(prefix) || text === '') continue;
    const origin = { kind: 'variable', name } as const;
    const key = byVariable.get(name);
    if (key === undefined) unknown.push({ name: '', message: unknownMessage(name, prefix, keys), origin });
    else result = setAt(result, key.split('.'), { kind: 'scalar', value: text, text, origin });
  }
  return { settings: result, unknown };
}

function variableOf(prefix: string, key: string): string {
  return prefix + key.toUpperCase().replaceAll('.', '_');
}

/** Names the settings of the same section, one of which was likely meant. */
function unknownMessage(name: string, prefix: string, keys: readonly string[]): string {
  const section = keys
    .map((key) => key.split('.')[0] ?? '')
    .find((first) => name.startsWith(`${variableOf(prefix, first)}_`));
  const siblings = keys.filter((key) => section !== undefined && key.startsWith(`${section}.`));
  const hint = siblings.length === 0 ? '' : `; there are ${siblings.map((key) => variableOf(prefix, key)).join(', ')}`;
  return `is not known, and has no effect${hint}`;
}

function setAt(map: SettingMap, [first = '', ...rest]: readonly string[], value: Setting): SettingMap {
  const name = [...map.entries.keys()].find((known) => known.toLowerCase() === first) ?? first;
  const before = map.entries.get(name);
  const below = before?.kind === 'map' ? before : emptyMap(value.origin);
  return { ...map, entries: new Map([...map.entries, [name, rest.length === 0 ? value : setAt(below, rest, value)]]) };
}

/** All names in lower case: viper does not tell `Server` from `server`. */
export function lowerCaseNames(map: SettingMap): SettingMap {
  const entries = [...map.entries].map(
    ([name, value]) => [name.toLowerCase(), value.kind === 'map' ? lowerCaseNames(value) : value] as const,
  );
  return { ...map, entries: new Map(entries) };
}
