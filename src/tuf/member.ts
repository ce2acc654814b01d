import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';
import { MetadataMalformedError } from './errors.ts';

/**
 * Readers of one member of parsed JSON. `null` and a missing member give the empty value, as they do in Go, so that
 * what is missing is reported by the check that needs it. All throw {@link MetadataMalformedError} for another kind.
 */
type Member = JsonValue | undefined;

const EMPTY: JsonObject = Object.freeze(Object.create(null));

export function readObject(value: Member, name: string): JsonObject {
  if (value === undefined || value === null) return EMPTY;
  if (!isJsonObject(value)) throw wrongKind(name, 'an object');
  return value;
}

export function readArray(value: Member, name: string): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongKind(name, 'an array');
  return value;
}

export function readString(value: Member, name: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw wrongKind(name, 'a string');
  return value;
}

export function readInteger(value: Member, name: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrongKind(name, 'an integer');
  return value;
}

export function readBoolean(value: Member, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw wrongKind(name, 'a boolean');
  return value;
}

export function readStrings(value: Member, name: string): readonly string[] {
  return readArray(value, name).map((item) => readString(item, name));
}

/** Standard base64 with padding, as Go writes bytes. */
export function readBase64(value: Member, name: string): Buffer {
  const text = readString(value, name);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw wrongKind(name, 'base64');
  return bytes;
}

/** Members of an object as a map, each read by `read`. */
export function readMap<T>(value: Member, name: string, read: (value: JsonValue, name: string) => T): Map<string, T> {
  return new Map(Object.entries(readObject(value, name)).map(([key, item]) => [key, read(item, key)]));
}

/** A map back as an object without prototype, so that no key is special. */
export function formatMap<T>(map: ReadonlyMap<string, T>, format: (value: T) => JsonValue): JsonObject {
  const object: Record<string, JsonValue> = Object.create(null);
  for (const [key, value] of map) object[key] = format(value);
  return object;
}

function wrongKind(name: string, wanted: string): MetadataMalformedError {
  return new MetadataMalformedError(`malformed metadata: ${name} is not ${wanted}`);
}
