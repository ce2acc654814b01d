/** A value of a template: text, numbers and truth are themselves; arrays and plain objects are what untyped JSON gives. */
export type Value = unknown;

/** A method of a row, or a function of a struct: called by its name, with arguments. */
export type Method = (...values: readonly Value[]) => Value;

/** A number that is no `int`: its Go type shows in errors and by `%T`. Whole JavaScript numbers are `int`, others `float64`. */
export class GoNumber {
  readonly value: number;
  readonly type: string;
  constructor(value: number, type: string) {
    this.value = value;
    this.type = type;
  }
  toJSON(): number {
    return this.value;
  }
}

/** A number of untyped JSON, which Go's decoder leaves as text (`json.Number`). */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): number {
    return Number(this.text);
  }
}

/** A slice. A nil one is empty, and `null` in JSON. */
export class GoList {
  readonly items: readonly Value[];
  readonly type: string;
  readonly isNil: boolean;
  constructor(items: readonly Value[], type: string, isNil = false) {
    this.items = items;
    this.type = type;
    this.isNil = isNil;
  }
  toJSON(): unknown {
    return this.isNil ? null : this.items;
  }
}

/** A map; `zero` is what it has under a key that is not there. */
export class GoMap {
  readonly entries: ReadonlyMap<string, Value>;
  readonly type: string;
  readonly zero: Value;
  readonly isNil: boolean;
  constructor(entries: ReadonlyMap<string, Value>, type: string, zero: Value, isNil = false) {
    this.entries = new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
    this.type = type;
    this.zero = zero;
    this.isNil = isNil;
  }
  toJSON(): unknown {
    return this.isNil ? null : Object.fromEntries(this.entries);
  }
}

/** A struct, or with a `*` before its type a pointer to one. `json` is how `encoding/json` writes it. */
export class GoStruct {
  readonly type: string;
  readonly fields: ReadonlyMap<string, Value>;
  /** Names of fields that are structs of which the fields are this one's too. */
  readonly embedded: ReadonlySet<string>;
  /** Its own `MarshalJSON`, where it has one. */
  readonly marshal: (() => string) | undefined;
  readonly #json: () => unknown;
  constructor(
    type: string,
    fields: ReadonlyMap<string, Value>,
    {
      json = () => Object.fromEntries(fields),
      embedded = new Set(),
      marshal,
    }: { json?: () => unknown; embedded?: ReadonlySet<string>; marshal?: () => string } = {},
  ) {
    this.type = type;
    this.fields = fields;
    this.embedded = embedded;
    this.marshal = marshal;
    this.#json = json;
  }
  toJSON(): unknown {
    return this.#json();
  }
  /** Whether it has a field, in a struct it embeds too. */
  has(name: string): boolean {
    return this.#owner(name) !== undefined;
  }
  get(name: string): Value {
    return this.#owner(name)?.fields.get(name);
  }
  #owner(name: string): GoStruct | undefined {
    if (this.fields.has(name)) return this;
    const inner = [...this.embedded].map((field) => this.fields.get(field));
    return inner.find((part): part is GoStruct => part instanceof GoStruct && part.has(name));
  }
}

/** A pointer to a value that is no struct: the value, but below the first level an address. */
export class GoReference {
  readonly value: Value;
  readonly type: string;
  constructor(value: Value, type: string) {
    this.value = value;
    this.type = type;
  }
  toJSON(): unknown {
    return this.value;
  }
}

/** A nil pointer. */
export class GoNil {
  readonly type: string;
  constructor(type: string) {
    this.type = type;
  }
  toJSON(): null {
    return null;
  }
}

/** A `time.Time`, as RFC 3339 with all its digits. */
export class GoTime {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** Whether a value is a map of untyped JSON. */
export function isPlainMap(value: Value): value is Readonly<Record<string, Value>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The number that a value is; undefined for all else. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  return value instanceof GoNumber ? value.value : undefined;
}

export function isFloat(value: Value): boolean {
  return value instanceof GoNumber ? value.type === 'float64' : typeof value === 'number' && !Number.isInteger(value);
}

/** The text that a value of string kind is; undefined for all else. */
export function textOf(value: Value): string | undefined {
  return value instanceof JsonNumber ? value.text : typeof value === 'string' ? value : undefined;
}

/** What Go calls the value's type. */
export function typeName(value: Value): string {
  if (value === undefined || value === null) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (value instanceof JsonNumber) return 'json.Number';
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoNumber || value instanceof GoList || value instanceof GoMap) return value.type;
  if (value instanceof GoStruct || value instanceof GoNil || value instanceof GoReference) return value.type;
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}

/** Untyped JSON as Go's decoder gives it, numbers as text. */
export function rawValue(json: unknown): Value {
  if (typeof json === 'number') return new JsonNumber(String(json));
  if (Array.isArray(json)) return json.map(rawValue);
  if (!isPlainMap(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([name, item]) => [name, rawValue(item)]));
}
