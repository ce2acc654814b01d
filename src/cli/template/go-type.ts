import { sortKeys } from './go-json.ts';
import {
  GoList,
  GoMap,
  GoNil,
  GoNumber,
  GoReference,
  GoStruct,
  GoTime,
  isPlainMap,
  rawValue,
  type Value,
} from './go-values.ts';

/** The Go type behind a piece of an Engine's JSON: what templates see of it, missing members too. */
export type GoType =
  | { readonly kind: 'string' | 'bool' | 'any' | 'time' | 'int' | 'int64' }
  | { readonly kind: 'list' | 'map'; readonly of: GoType }
  | { readonly kind: 'array'; readonly of: GoType; readonly length: number }
  | { readonly kind: 'pointer'; readonly to: GoStructType }
  | { readonly kind: 'reference'; readonly of: GoType }
  | GoStructType;

export interface GoStructType {
  readonly kind: 'struct';
  /** As Go's errors name it: `types.Version`. */
  readonly name: string;
  /** By Go's names, in Go's order. */
  readonly fields: Readonly<Record<string, GoField>>;
  /** Its members, and theirs, stand in JSON by name, not in Go's order. */
  readonly hasSortedJson?: boolean;
}

export interface GoField {
  readonly type: GoType;
  /** Its name in JSON, if it has another. */
  readonly json?: string;
  /** Left out of JSON when it is empty. */
  readonly isOptional?: boolean;
  /** Its fields are the struct's own too. */
  readonly isEmbedded?: boolean;
}

export const string: GoType = { kind: 'string' };
export const bool: GoType = { kind: 'bool' };
export const int: GoType = { kind: 'int' };
export const int64: GoType = { kind: 'int64' };
export const time: GoType = { kind: 'time' };
export const any: GoType = { kind: 'any' };
export const list = (of: GoType): GoType => ({ kind: 'list', of });
export const array = (of: GoType, length: number): GoType => ({ kind: 'array', of, length });
export const map = (of: GoType): GoType => ({ kind: 'map', of });
export const pointer = (to: GoStructType): GoType => ({ kind: 'pointer', to });
/** A pointer to a number or a truth. */
export const reference = (of: GoType): GoType => ({ kind: 'reference', of });
export const optional = (type: GoType, json?: string): GoField => ({
  type,
  isOptional: true,
  ...(json !== undefined && { json }),
});
export const named = (json: string, type: GoType): GoField => ({ type, json });
export const embedded = (type: GoType): GoField => ({ type, isEmbedded: true });

/** A struct of these fields; a type alone is a field that is called the same in JSON. */
export function struct(
  name: string,
  fields: Readonly<Record<string, GoType | GoField>>,
  { hasSortedJson = false } = {},
): GoStructType {
  const all = Object.entries(fields).map(([field, it]) => [field, 'kind' in it ? { type: it } : it] as const);
  return { kind: 'struct', name, fields: Object.fromEntries(all), hasSortedJson };
}

const ZERO_TIME = '0001-01-01T00:00:00Z';

/** JSON as a value of that type; what does not fit is its zero value. */
export function goValue(type: GoType, json: unknown): Value {
  switch (type.kind) {
    case 'string':
      return typeof json === 'string' ? json : '';
    case 'bool':
      return json === true;
    case 'any':
      return rawValue(json ?? undefined);
    case 'time':
      return new GoTime(typeof json === 'string' && json !== '' ? json : ZERO_TIME);
    case 'int':
      return typeof json === 'number' ? json : 0;
    case 'list': {
      const items = Array.isArray(json) ? json.map((item) => goValue(type.of, item)) : [];
      return new GoList(items, typeText(type), !Array.isArray(json));
    }
    case 'array': {
      const items = Array.isArray(json) ? json : [];
      return new GoList(
        Array.from({ length: type.length }, (_, i) => goValue(type.of, items[i])),
        typeText(type),
      );
    }
    case 'map': {
      const entries = isPlainMap(json)
        ? Object.entries(json).map(([name, it]) => [name, goValue(type.of, it)] as const)
        : [];
      return new GoMap(new Map(entries), typeText(type), goValue(type.of, undefined), !isPlainMap(json));
    }
    case 'pointer':
      return isPlainMap(json) ? goStruct(type.to, json, '*') : new GoNil(typeText(type));
    case 'reference':
      return json === undefined || json === null
        ? new GoNil(typeText(type))
        : new GoReference(goValue(type.of, json), typeText(type));
    case 'struct':
      return goStruct(type, isPlainMap(json) ? json : {});
    default:
      return new GoNumber(typeof json === 'number' ? json : 0, type.kind);
  }
}

/** A struct of JSON; `prefix` is `*` for a pointer to one. */
export function goStruct(type: GoStructType, json: Readonly<Record<string, unknown>>, prefix = ''): GoStruct {
  const all = Object.entries(type.fields);
  const values = all.map(([name, { json: key = name, type: of, isEmbedded }]) => {
    const value = isEmbedded ? json : Object.hasOwn(json, key) ? json[key] : undefined;
    return [name, goValue(of, value)] as const;
  });
  const fields = new Map(values);
  const inner = new Set(all.flatMap(([name, { isEmbedded }]) => (isEmbedded ? [name] : [])));
  return new GoStruct(prefix + type.name, fields, { json: () => structJson(type, fields), embedded: inner });
}

function structJson(
  { fields: types, hasSortedJson }: GoStructType,
  fields: ReadonlyMap<string, Value>,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(types)) {
    const value = fields.get(name);
    if (field.isEmbedded) Object.assign(json, value instanceof GoStruct ? value.toJSON() : {});
    else if (!field.isOptional || !isEmpty(value)) json[field.json ?? name] = value ?? null;
  }
  return hasSortedJson ? sortKeys(JSON.parse(JSON.stringify(json))) : json;
}

/** Empty as `omitempty` has it: a struct or a time never is. */
function isEmpty(value: Value): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (value instanceof GoNumber) return value.value === 0;
  if (value instanceof GoList) return value.items.length === 0;
  return value instanceof GoMap ? value.entries.size === 0 : value instanceof GoNil;
}

function typeText(type: GoType): string {
  switch (type.kind) {
    case 'list':
      return `[]${typeText(type.of)}`;
    case 'array':
      return `[${type.length}]${typeText(type.of)}`;
    case 'map':
      return `map[string]${typeText(type.of)}`;
    case 'pointer':
      return `*${type.to.name}`;
    case 'reference':
      return `*${typeText(type.of)}`;
    case 'struct':
      return type.name;
    case 'any':
      return 'interface {}';
    case 'time':
      return 'time.Time';
    default:
      return type.kind;
  }
}
