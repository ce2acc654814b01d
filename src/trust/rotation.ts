import { type Clock, TrustSandboxError } from '../core/index.ts';
import type { RemoteKeyRole } from '../notary/client/index.ts';
import {
  type BaseRoleName,
  type Gun,
  isBaseRole,
  MAX_METADATA_BYTES,
  type PublicKey,
  parseEnvelope,
  parseRoot,
  ROOT,
  type Root,
  rootRole,
} from '../tuf/index.ts';
import type { KeyStore } from './key-store.ts';
import { isNotFound, type TrustServer } from './trust-server.ts';

/** A key rotation that cannot be. Worded as Notary's client words it. */
export class RotationInvalidError extends TrustSandboxError {
  readonly code = 'ROTATION_INVALID';
}

export interface RotationOptions {
  /** The server makes the key and keeps it: `timestamp` always, `snapshot` if wanted. */
  readonly isServerManaged?: boolean;
  /** Private keys that are here already, by canonical keyid; new ones are made when there are none. */
  readonly keyids?: readonly string[];
  /** Keys, of others perhaps, certificates of them for root; no other is looked for then. */
  readonly keys?: readonly PublicKey[];
  /** How many to make where none is given; 1 when absent. */
  readonly count?: number;
  /** So many older versions of root, whose keys sign the new one too if they are here. */
  readonly legacyVersions?: number;
}

interface RotationParts {
  readonly gun: Gun;
  readonly server: TrustServer;
  readonly keys: KeyStore;
  readonly clock: Clock;
}

const REMOTE: ReadonlySet<string> = new Set<BaseRoleName>(['timestamp', 'snapshot']);
const LOCAL: ReadonlySet<string> = new Set<BaseRoleName>(['root', 'targets', 'snapshot']);

/** @throws {RotationInvalidError} no key of this role can be rotated, or not by those who are to hold it */
export function parseRotationRole(role: string, isServerManaged: boolean): BaseRoleName {
  if (!isBaseRole(role)) throw new RotationInvalidError(`notary does not currently permit rotating the ${role} key`);
  if (isServerManaged && !REMOTE.has(role)) {
    throw new RotationInvalidError(`notary does not permit the server managing the ${role} key`);
  }
  if (!isServerManaged && !LOCAL.has(role)) {
    throw new RotationInvalidError(`notary does not permit the client managing the ${role} key`);
  }
  return role;
}

/**
 * The keys that a role is to have from now on: one of the server's, those named, or a new one, asked a passphrase for.
 * Root keys come as certificates for the GUN.
 * @throws {RotationInvalidError} and whatever the server and the key store throw
 */
export async function rotationKeys(
  { gun, server, keys, clock }: RotationParts,
  role: BaseRoleName,
  { isServerManaged = false, keyids = [], keys: given = [], count = 1 }: RotationOptions,
): Promise<readonly PublicKey[]> {
  if (given.length > 0) return given;
  if (isServerManaged) {
    const made = server.rotateKey(gun, role as RemoteKeyRole).catch((cause: Error) => {
      throw new RotationInvalidError(`unable to rotate remote key: ${cause.message}`, { cause });
    });
    return [await made];
  }
  const chosen = [...keyids];
  while (keyids.length === 0 && chosen.length < count) chosen.push((await keys.create({ role, gun })).keyid);
  const found: PublicKey[] = [];
  for (const keyid of chosen) {
    found.push(role === 'root' ? await keys.certify(keyid, { gun, clock }) : await keys.publicKey(keyid));
  }
  return found;
}

/**
 * Root keys of up to `count` versions before `root`, and of itself. The server's word is taken for them: they only add
 * signatures of keys that are here. None for the first version.
 */
export async function olderRootKeys(
  { gun, server }: Pick<RotationParts, 'gun' | 'server'>,
  root: Root,
  count: number,
): Promise<readonly PublicKey[]> {
  const oldest = Math.max(1, root.version - count);
  const found = new Map<string, PublicKey>();
  for (let version = root.version; version >= oldest && oldest < root.version; version -= 1) {
    try {
      const bytes = await server.getMetadata(gun, ROOT, { version, maxBytes: MAX_METADATA_BYTES });
      for (const [keyid, key] of rootRole(parseRoot(parseEnvelope(bytes).signed), 'root').keys) found.set(keyid, key);
    } catch (thrown) {
      if (!isNotFound(thrown)) throw thrown;
    }
  }
  return [...found.values()];
}
