import { isJsonObject, JsonMalformedError, type JsonObject, parseJson, TrustSandboxError } from '../core/index.ts';
import { type Gun, GunInvalidError, parseGun } from '../tuf/index.ts';
import type { LockedCollection } from './lock.ts';

/** A lockfile that is none: then nothing is trusted. */
export class LockInvalidError extends TrustSandboxError {
  readonly code = 'TRUST_LOCK_INVALID';
}

/** What a project relies on, by collection. */
export type TrustLock = ReadonlyMap<Gun, LockedCollection>;

const FORMAT = 1;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const KEYID = /^[0-9a-f]{64}$/;
const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Reads `trust-lock.json` (docs/trust.md, "The lockfile"):
 *
 *     {"version": 1, "collections": {"<GUN>": {"rootKeys": ["<keyid>"], "versions": {"root": 1}, "tags": {"v1": "sha256:…"}}}}
 *
 * @throws {LockInvalidError} anything else: what is misspelt protects nobody
 */
export function parseTrustLock(bytes: Uint8Array): TrustLock {
  const { version, collections, ...rest } = objectOf(parse(bytes), 'lockfile');
  refuseUnknown(rest, 'lockfile');
  if (version !== FORMAT) throw new LockInvalidError(`lockfile of version ${String(version)}; only ${FORMAT} is known`);
  const entries = Object.entries(objectOf(collections, 'collections'));
  return new Map(entries.map(([name, value]) => [gunOf(name), parseCollection(name, objectOf(value, name))]));
}

function parseCollection(name: string, { rootKeys, versions, tags, ...rest }: JsonObject): LockedCollection {
  refuseUnknown(rest, name);
  const isKeyList = Array.isArray(rootKeys) && rootKeys.length > 0 && rootKeys.every((key) => KEYID.test(String(key)));
  if (!isKeyList) throw new LockInvalidError(`rootKeys of ${name} should be a list of key ids`);
  return {
    rootKeys: rootKeys.map(String),
    versions: mapOf(
      versions,
      `versions of ${name}`,
      (value) => Number.isSafeInteger(value) && Number(value) >= 1,
      Number,
    ),
    tags: mapOf(tags, `tags of ${name}`, (value) => typeof value === 'string' && DIGEST.test(value), String),
  };
}

/** Sorted, one thing a line, so that versions of it merge and compare well. */
export function formatTrustLock(lock: TrustLock): string {
  const collections = sorted(lock).map(([gun, { rootKeys, versions, tags }]) => {
    const entry = {
      rootKeys: [...rootKeys].sort(),
      versions: Object.fromEntries(sorted(versions)),
      tags: Object.fromEntries(sorted(tags)),
    };
    return [gun, entry] as const;
  });
  return `${JSON.stringify({ version: FORMAT, collections: Object.fromEntries(collections) }, undefined, 2)}\n`;
}

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function parse(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes, { maxBytes: MAX_BYTES });
  } catch (cause) {
    if (!(cause instanceof JsonMalformedError)) throw cause;
    throw new LockInvalidError(`lockfile is not JSON: ${cause.message}`, { cause });
  }
}

function gunOf(name: string): Gun {
  try {
    return parseGun(name);
  } catch (cause) {
    if (!(cause instanceof GunInvalidError)) throw cause;
    throw new LockInvalidError(cause.message, { cause });
  }
}

function objectOf(value: unknown, name: string): JsonObject {
  if (!isJsonObject(value as JsonObject)) throw new LockInvalidError(`${name} should be an object`);
  return value as JsonObject;
}

function refuseUnknown(rest: JsonObject, name: string): void {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new LockInvalidError(`${name} has no member ${JSON.stringify(unknown)}`);
}

function mapOf<T>(
  value: unknown,
  name: string,
  isWanted: (value: unknown) => boolean,
  read: (value: unknown) => T,
): ReadonlyMap<string, T> {
  const entries = Object.entries(objectOf(value, name));
  const wrong = entries.find(([, item]) => !isWanted(item));
  if (wrong) throw new LockInvalidError(`${name}: ${JSON.stringify(wrong[0])} is ${JSON.stringify(wrong[1])}`);
  return new Map(entries.map(([key, item]) => [key, read(item)]));
}
