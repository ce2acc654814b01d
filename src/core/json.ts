import { isUtf8 } from 'node:buffer';
import { TrustSandboxError } from './errors.ts';

/** Any JSON value. Objects that `parseJson` makes have no prototype, so that no name from outside means anything. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Limits of one document: `maxBytes` of text, `maxDepth` of nested arrays and objects. */
export interface JsonLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
}

const DEFAULT_LIMITS: JsonLimits = { maxBytes: 100 * 1024 * 1024, maxDepth: 64 };

/** Text that is not JSON, or JSON that two readers could understand differently. `offset` in UTF-16 units. */
export class JsonMalformedError extends TrustSandboxError {
  readonly code = 'JSON_MALFORMED';
  readonly offset: number;
  constructor(reason: string, offset = 0) {
    super(`malformed JSON at offset ${offset}: ${reason}`);
    this.offset = offset;
  }
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads JSON (RFC 8259) more strictly than `JSON.parse`: a signed document must mean one thing to every reader.
 * @throws {JsonMalformedError} syntax, invalid UTF-8, lone surrogates, a member named twice, numbers beyond a double,
 * or a limit passed
 */
export function parseJson(source: Uint8Array | string, limits: Partial<JsonLimits> = {}): JsonValue {
  const { maxBytes, maxDepth } = { ...DEFAULT_LIMITS, ...limits };
  if (source.length > maxBytes) throw new JsonMalformedError(`more than ${maxBytes} bytes`);
  if (typeof source === 'string') return new JsonReader(source, maxDepth).document();
  if (!isUtf8(source)) throw new JsonMalformedError('invalid UTF-8');
  const text = Buffer.from(source.buffer, source.byteOffset, source.byteLength).toString('utf8');
  return new JsonReader(text, maxDepth).document();
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LITERALS: ReadonlyMap<string, [string, JsonValue]> = new Map([
  ['t', ['true', true]],
  ['f', ['false', false]],
  ['n', ['null', null]],
]);

class JsonReader {
  readonly #text: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw this.#error('text after the document');
    return value;
  }

  #value(depth: number): JsonValue {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#string();
    const literal = LITERALS.get(first ?? '');
    return literal ? this.#literal(...literal) : this.#number();
  }

  #object(depth: number): JsonObject {
    if (depth >= this.#maxDepth) throw this.#error(`nested deeper than ${this.#maxDepth}`);
    const members: Record<string, JsonValue> = Object.create(null);
    this.#at += 1;
    if (this.#skip('}')) return members;
    do {
      this.#space();
      const nameAt = this.#at;
      const name = this.#string();
      if (name in members) throw new JsonMalformedError(`member ${JSON.stringify(name.slice(0, 80))} twice`, nameAt);
      this.#expect(':');
      members[name] = this.#value(depth + 1);
    } while (this.#skip(','));
    this.#expect('}');
    return members;
  }

  #array(depth: number): JsonValue[] {
    if (depth >= this.#maxDepth) throw this.#error(`nested deeper than ${this.#maxDepth}`);
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#skip(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#skip(','));
    this.#expect(']');
    return items;
  }

  #string(): string {
    if (this.#text[this.#at] !== '"') throw this.#error('string expected');
    const start = this.#at + 1;
    let end = start;
    let escaped = false;
    for (let unit = this.#text.charCodeAt(end); unit !== QUOTE; unit = this.#text.charCodeAt(end)) {
      if (!(unit >= 0x20)) throw this.#error('unfinished string'); // a control character, or the end (NaN)
      if (unit === BACKSLASH) escaped = true;
      end += unit === BACKSLASH ? 2 : 1;
    }
    const text = escaped ? this.#unescape(start, end) : this.#text.slice(start, end);
    if (!text.isWellFormed()) throw this.#error('lone surrogate');
    this.#at = end + 1;
    return text;
  }

  #unescape(start: number, end: number): string {
    try {
      return JSON.parse(this.#text.slice(start - 1, end + 1));
    } catch {
      throw this.#error('unknown escape');
    }
  }

  #number(): number {
    const literal = this.#match(NUMBER);
    if (literal === undefined) throw this.#error('value expected');
    const number = Number(literal);
    if (!Number.isFinite(number)) throw this.#error('number out of range');
    return number;
  }

  #literal(word: string, value: JsonValue): JsonValue {
    if (!this.#text.startsWith(word, this.#at)) throw this.#error('value expected');
    this.#at += word.length;
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #space(): void {
    const next = this.#text.charCodeAt(this.#at);
    if (next <= 0x20) this.#match(SPACE);
  }

  #skip(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#skip(mark)) throw this.#error(`${mark} expected`);
  }

  #error(reason: string): JsonMalformedError {
    return new JsonMalformedError(reason, this.#at);
  }
}
