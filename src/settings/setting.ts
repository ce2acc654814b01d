/** Where a setting was written: a line of the file, or a variable of the environment. */
export type Origin =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'variable'; readonly name: string };

/** One value as it was written, before anybody knows what it should be. */
export type Setting =
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | null;
      readonly text: string;
      readonly origin: Origin;
    }
  | { readonly kind: 'list'; readonly items: readonly Setting[]; readonly origin: Origin }
  | SettingMap;

/** Settings by name, lower case as they were written; names are compared without regard to case in the environment. */
export interface SettingMap {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Setting>;
  readonly origin: Origin;
}

export function emptyMap(origin: Origin): SettingMap {
  return { kind: 'map', entries: new Map(), origin };
}
