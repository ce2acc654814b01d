import { TrustSandboxError } from '../core/index.ts';

declare const keyBrand: unique symbol;
/** Path of an object within a store: `docker/registry/v2/blobs/…`. Only `parseStorageKey` and `storageKey` make one. */
export type StorageKey = string & { readonly [keyBrand]: true };

/** One segment: no slash, no NUL, no leading dot (so neither `.` nor `..`; drivers keep their own files behind dots). */
const KEY = /^[^/\0.\\][^/\0\\]*(?:\/[^/\0.\\][^/\0\\]*)*$/;

/** Text that should be a storage key and is not. */
export class StorageKeyInvalidError extends TrustSandboxError {
  readonly code = 'STORAGE_KEY_INVALID';
  constructor(text: string) {
    super(`invalid storage key ${JSON.stringify(text.slice(0, 300))}`);
  }
}

/** There is no object under this key. */
export class KeyNotFoundError extends TrustSandboxError {
  readonly code = 'KEY_NOT_FOUND';
  readonly key: StorageKey;
  constructor(key: StorageKey, options?: ErrorOptions) {
    super(`no object under ${key}`, options);
    this.key = key;
  }
}

/** The object is not what it was when its caller looked: somebody else has written to it. */
export class ObjectChangedError extends TrustSandboxError {
  readonly code = 'OBJECT_CHANGED';
  constructor(key: StorageKey, options?: ErrorOptions) {
    super(`the object under ${key} was changed by another writer`, options);
  }
}

/** @throws {StorageKeyInvalidError} empty segments, segments that begin with a dot, backslashes, NUL */
export function parseStorageKey(text: string): StorageKey {
  if (!KEY.test(text)) throw new StorageKeyInvalidError(text);
  return text as StorageKey; // the one cast
}

/** `parent/child/…`. @throws {StorageKeyInvalidError} */
export function storageKey(parent: StorageKey, ...children: string[]): StorageKey {
  return parseStorageKey(`${parent}/${children.join('/')}`);
}

/** May `name` be one segment of a key? */
export function isKeyName(name: string): boolean {
  return !name.includes('/') && KEY.test(name);
}

/** The last segment. */
export function keyName(key: StorageKey): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
