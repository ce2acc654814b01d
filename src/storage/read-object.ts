import { TrustSandboxError } from '../core/index.ts';
import type { StorageDriver } from './driver.ts';
import type { StorageKey } from './storage-key.ts';

/** An object larger than its reader allows. */
export class ObjectTooLargeError extends TrustSandboxError {
  readonly code = 'OBJECT_TOO_LARGE';
  constructor(key: StorageKey, limit: number) {
    super(`the object under ${key} is larger than the ${limit} bytes allowed here`);
  }
}

/**
 * Gathers a small object: links, manifests.
 * @throws {KeyNotFoundError | ObjectTooLargeError}
 */
export async function readObject(driver: StorageDriver, key: StorageKey, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of await driver.read(key)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new ObjectTooLargeError(key, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
