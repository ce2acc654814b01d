import { TrustSandboxError } from './errors.ts';
import type { JsonObject, JsonValue } from './json.ts';

/** A value that canonical JSON has no form for. */
export class CanonicalJsonError extends TrustSandboxError {
  readonly code = 'JSON_NOT_CANONICAL';
}

/**
 * The form that Notary signs and derives key ids from (`docs/wire/notary-v1.md`, "Canonical JSON"; after OLPC's):
 * UTF-8, no space, members in byte order of their names, integers in decimal. In strings only `"` and `\` are escaped;
 * control characters and U+2028/2029 stand as they are, so the form itself need not be JSON.
 * @throws {CanonicalJsonError} a fraction, an integer beyond 2^53, or a lone surrogate
 */
export function formatCanonicalJson(value: JsonValue): string {
  if (typeof value === 'string') return formatString(value);
  if (typeof value === 'number') return formatInteger(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(formatCanonicalJson).join(',')}]`;
  return formatObject(value as JsonObject);
}

function formatObject(object: JsonObject): string {
  const members = Object.keys(object).sort(compareBytes);
  return `{${members.map((name) => `${formatString(name)}:${formatCanonicalJson(object[name] ?? null)}`).join(',')}}`;
}

function formatString(text: string): string {
  if (!text.isWellFormed()) throw new CanonicalJsonError('canonical JSON has no lone surrogates');
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function formatInteger(number: number): string {
  if (!Number.isSafeInteger(number)) throw new CanonicalJsonError(`canonical JSON has integers only, not ${number}`);
  return String(number === 0 ? 0 : number); // -0 is 0
}

/** Order of the UTF-8 bytes: by code point, which for surrogates is not the order of JavaScript strings. */
function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return codePointRank(left) - codePointRank(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above U+FFFF, so they come after every other unit. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
