import { parseDuration } from './duration.ts';
import type { SettingProblem } from './problem.ts';
import type { Origin, Setting, SettingMap } from './setting.ts';

/** What is wrong and what is of no effect, collected while sections are read. */
export interface Findings {
  readonly problems: SettingProblem[];
  readonly warnings: SettingProblem[];
}

const BOOLEANS = new Map([
  ...['true', 'True', 'TRUE', 'yes', 'on'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE', 'no', 'off'].map((text) => [text, false] as const),
]);

/**
 * One map of settings, read by name. What is asked for is known; at the end `finish` reports what nobody asked for. A value
 * that is wrong is a problem and reads as the default, so that the rest is checked too.
 */
export class Section {
  readonly name: string;
  readonly #map: SettingMap | undefined;
  readonly #findings: Findings;
  readonly #known = new Set<string>();
  readonly #below: Section[] = [];

  constructor(map: SettingMap | undefined, findings: Findings, name = '') {
    this.#map = map;
    this.#findings = findings;
    this.name = name;
  }

  /** Was it written at all, be it empty? */
  get isGiven(): boolean {
    return this.#map !== undefined;
  }

  get names(): readonly string[] {
    return [...(this.#map?.entries.keys() ?? [])];
  }

  has(key: string): boolean {
    return this.#map?.entries.has(key) ?? false;
  }

  /** Settings below `key`. A name alone (`storage: inmemory`) is a map of that name, where `nameAlone` says so. */
  section(key: string, { nameAlone = false } = {}): Section {
    const setting = this.#take(key);
    const section = new Section(this.#asMap(key, setting, nameAlone), this.#findings, this.#fullName(key));
    this.#below.push(section);
    return section;
  }

  /** Maps in a list below `key`. */
  sections(key: string): Section[] {
    const setting = this.#take(key);
    if (setting === undefined || isNothing(setting)) return [];
    if (setting.kind !== 'list') return this.#wrong(key, setting, 'want a list', []);
    return setting.items.map((item, index) => {
      const name = `${key}[${index}]`;
      const section = new Section(this.#asMap(name, item, false), this.#findings, this.#fullName(name));
      this.#below.push(section);
      return section;
    });
  }

  text(key: string): string | undefined {
    const setting = this.#scalar(key);
    return setting?.text;
  }

  /** As `text`, but it has to be there. */
  requiredText(key: string): string {
    const text = this.text(key);
    if (text === undefined || text === '') this.problem(key, 'must be given');
    return text ?? '';
  }

  oneOf<const T extends string>(key: string, choices: readonly T[]): T | undefined {
    const setting = this.#scalar(key);
    if (!setting || setting.text === '') return undefined;
    const found = choices.find((choice) => choice === setting.text);
    return found ?? this.#wrong(key, setting, `want one of ${choices.join(', ')}`, undefined);
  }

  boolean(key: string): boolean | undefined {
    const setting = this.#scalar(key);
    if (!setting) return undefined;
    return BOOLEANS.get(setting.text) ?? this.#wrong(key, setting, 'want true or false', undefined);
  }

  integer(key: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const setting = this.#scalar(key);
    if (!setting) return undefined;
    const value = /^[-+]?\d+$/.test(setting.text) ? Number(setting.text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const wanted = max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number, ${min} to ${max}`;
    return this.#wrong(key, setting, `want ${wanted}`, undefined);
  }

  /** In milliseconds. */
  duration(key: string): number | undefined {
    const setting = this.#scalar(key);
    if (!setting) return undefined;
    const ms = parseDuration(setting.text);
    return ms !== undefined && ms >= 0
      ? ms
      : this.#wrong(key, setting, 'want a duration such as 30s or 1h30m', undefined);
  }

  /** Texts in a list; one alone counts as a list of it. */
  texts(key: string): readonly string[] {
    const setting = this.#take(key);
    if (setting === undefined || isNothing(setting)) return [];
    return this.#textsOf(key, setting);
  }

  /** Lists of texts by name: HTTP headers. */
  textLists(key: string): ReadonlyMap<string, readonly string[]> {
    const setting = this.#take(key);
    if (setting === undefined || isNothing(setting)) return new Map();
    if (setting.kind !== 'map') return this.#wrong(key, setting, 'want values by name', new Map());
    return new Map([...setting.entries].map(([name, value]) => [name, this.#textsOf(`${key}.${name}`, value)]));
  }

  /** Everything under this section as plain values, for those who know more about it. */
  plain(): Readonly<Record<string, unknown>> {
    for (const name of this.names) this.#known.add(name);
    return this.#map ? (plainValue(this.#map) as Record<string, unknown>) : {};
  }

  /** A setting that is known and needs nothing done. */
  accept(...keys: readonly string[]): void {
    for (const key of keys) this.#known.add(key);
  }

  /** A setting that is known and has no effect here: said when it is given. */
  ineffective(key: string, why: string): void {
    const setting = this.#take(key);
    if (setting && !isNothing(setting)) this.warn(key, `has no effect: ${why}`);
  }

  problem(key: string, message: string): void {
    this.#findings.problems.push({ name: this.#fullName(key), message, origin: this.#originOf(key) });
  }

  warn(key: string, message: string): void {
    this.#findings.warnings.push({ name: this.#fullName(key), message, origin: this.#originOf(key) });
  }

  /** Reports what was given and never asked for, here and in every section below. */
  finish(): void {
    for (const [key] of this.#map?.entries ?? [])
      if (!this.#known.has(key)) this.warn(key, 'is not known, and has no effect');
    for (const section of this.#below) section.finish();
  }

  #take(key: string): Setting | undefined {
    this.#known.add(key);
    return this.#map?.entries.get(key);
  }

  #scalar(key: string): (Setting & { kind: 'scalar' }) | undefined {
    const setting = this.#take(key);
    if (setting === undefined || isNothing(setting)) return undefined;
    if (setting.kind === 'scalar') return setting;
    return this.#wrong(key, setting, setting.kind === 'list' ? 'is a list' : 'has settings below it', undefined);
  }

  #asMap(key: string, setting: Setting | undefined, nameAlone: boolean): SettingMap | undefined {
    if (setting === undefined) return undefined;
    if (setting.kind === 'map') return setting;
    const { origin } = setting;
    if (isNothing(setting)) return { kind: 'map', entries: new Map(), origin };
    if (setting.kind === 'scalar' && nameAlone) {
      const nothing: Setting = { kind: 'map', entries: new Map(), origin };
      return { kind: 'map', entries: new Map([[setting.text, nothing]]), origin };
    }
    return this.#wrong(key, setting, 'want settings by name', undefined);
  }

  #textsOf(key: string, setting: Setting): readonly string[] {
    const items = setting.kind === 'list' ? setting.items : [setting];
    return items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : this.#wrong(key, item, 'want texts', [])));
  }

  #wrong<T>(key: string, { origin, ...setting }: Setting, message: string, value: T): T {
    const found = setting.kind === 'scalar' ? `, found ${JSON.stringify(setting.text.slice(0, 100))}` : '';
    this.#findings.problems.push({ name: this.#fullName(key), message: message + found, origin });
    return value;
  }

  #fullName(key: string): string {
    if (key === '') return this.name;
    return this.name === '' ? key : `${this.name}.${key}`;
  }

  #originOf(key: string): Origin | undefined {
    return this.#map?.entries.get(key)?.origin ?? this.#map?.origin;
  }
}

function isNothing(setting: Setting): boolean {
  return setting.kind === 'scalar' && setting.value === null;
}

function plainValue(setting: Setting): unknown {
  if (setting.kind === 'scalar') return setting.value;
  if (setting.kind === 'list') return setting.items.map(plainValue);
  return Object.fromEntries([...setting.entries].map(([name, value]) => [name, plainValue(value)]));
}
