import { type Digest, digestAlgorithm, digestHex } from '../../core/index.ts';
import { parseStorageKey, type StorageKey } from '../../storage/index.ts';

/*
 * What collectors and servers tell each other, beside distribution's tree and unknown to it:
 *
 *   trustsandbox/
 *     gc/claims/sha256/HH/HEX        its modification time: when somebody last came to rely on that digest
 *     gc/sweeps/ID                   what a collector is about to delete, while it does
 *     gc/progress                    how far the collection under way has come
 *     quarantine/sha256/HEX/data     bytes that are not what their digest says, moved out of the tree
 *     quarantine/sha256/HEX/found    when, and what they hash to
 */
const ROOT = 'trustsandbox';

export const CLAIMS = parseStorageKey(`${ROOT}/gc/claims`);
export const SWEEPS = parseStorageKey(`${ROOT}/gc/sweeps`);
export const PROGRESS = parseStorageKey(`${ROOT}/gc/progress`);
export const QUARANTINE = parseStorageKey(`${ROOT}/quarantine`);

export function claimKey(digest: Digest): StorageKey {
  const hex = digestHex(digest);
  return parseStorageKey(`${CLAIMS}/${digestAlgorithm(digest)}/${hex.slice(0, 2)}/${hex}`);
}

export function sweepKey(id: string): StorageKey {
  return parseStorageKey(`${SWEEPS}/${id}`);
}

export function quarantineFolder(digest: Digest): StorageKey {
  return parseStorageKey(`${QUARANTINE}/${digestAlgorithm(digest)}/${digestHex(digest)}`);
}

/** The folder that an object is in: what to delete so that nothing empty is left. */
export function folderOf(key: StorageKey): StorageKey {
  return parseStorageKey(key.slice(0, key.lastIndexOf('/')));
}
