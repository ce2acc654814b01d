import { type Clock, isJsonObject, type JsonObject, parseJson } from '../../core/index.ts';
import { parsePrivateKeyFile } from '../../pki/index.ts';
import { type Gun, isRoleName, parseEnvelope, parseGun, type RoleName } from '../../tuf/index.ts';
import { isKeyid } from '../key-info.ts';
import type { KeyStore } from '../key-store.ts';
import type { TrustDirectory } from '../trust-directory.ts';
import { BackupInvalidError } from './sealed-bundle.ts';

/** What a backup holds: private keys as their files are, still encrypted each, and what was last verified. */
export interface TrustBackup {
  /** RFC 3339. */
  readonly made: string;
  readonly keys: ReadonlyMap<string, string>;
  readonly metadata: ReadonlyMap<Gun, ReadonlyMap<RoleName, Buffer>>;
}

/** What was done with each thing of a backup. Keys by canonical keyid, collections by GUN. */
export interface Restoration {
  readonly restored: readonly string[];
  /** There already, the same. */
  readonly same: readonly string[];
  /** There already, another: left as it is. */
  readonly kept: readonly string[];
}

const FORMAT = 'trustsandbox-trust';
const VERSION = 1;
export const MAX_BACKUP_BYTES = 512 * 1024 * 1024;

export async function collectBackup(
  directory: TrustDirectory,
  keys: KeyStore,
  { now }: Pick<Clock, 'now'>,
): Promise<TrustBackup> {
  const files = new Map<string, string>();
  for (const { keyid } of await keys.list()) {
    const file = await keys.findFile(keyid);
    if (file !== undefined) files.set(keyid, file); // those on tokens stay there
  }
  const metadata = new Map<Gun, ReadonlyMap<RoleName, Buffer>>();
  for (const gun of await directory.listCollections()) metadata.set(gun, await directory.metadata(gun).list());
  return { made: now().toISOString(), keys: files, metadata };
}

export function formatBackup({ made, keys, metadata }: TrustBackup): Buffer {
  const collections = [...metadata].map(([gun, files]) => {
    const texts = [...files].map(([role, bytes]) => [role, bytes.toString('base64')] as const);
    return [gun, Object.fromEntries(texts)] as const;
  });
  const value = {
    format: FORMAT,
    version: VERSION,
    made,
    keys: Object.fromEntries(keys),
    metadata: Object.fromEntries(collections),
  };
  return Buffer.from(JSON.stringify(value));
}

/** Reads all of it, and looks at each key file and each metadata file. @throws {BackupInvalidError} */
export function parseBackup(bytes: Uint8Array): TrustBackup {
  try {
    const value = parseJson(bytes, { maxBytes: MAX_BACKUP_BYTES });
    if (!isJsonObject(value) || value.format !== FORMAT || value.version !== VERSION) {
      throw new BackupInvalidError('the backup holds something else');
    }
    const keys = Object.entries(objectOf(value.keys)).map(([keyid, text]) => {
      if (!isKeyid(keyid) || typeof text !== 'string')
        throw new BackupInvalidError('the backup has a key without an id');
      parsePrivateKeyFile(text);
      return [keyid, text] as const;
    });
    const metadata = Object.entries(objectOf(value.metadata)).map(([gun, files]) => {
      return [parseGun(gun), new Map(Object.entries(objectOf(files)).map(parseFile))] as const;
    });
    return { made: String(value.made), keys: new Map(keys), metadata: new Map(metadata) };
  } catch (cause) {
    if (cause instanceof BackupInvalidError) throw cause;
    throw new BackupInvalidError(`the backup is broken: ${(cause as Error).message}`, { cause });
  }
}

function parseFile([role, text]: readonly [string, unknown]): readonly [RoleName, Buffer] {
  if (!isRoleName(role) || typeof text !== 'string') throw new BackupInvalidError(`${JSON.stringify(role)} is no role`);
  const bytes = Buffer.from(text, 'base64');
  parseEnvelope(bytes);
  return [role as RoleName, bytes];
}

function objectOf(value: unknown): JsonObject {
  if (!isJsonObject(value as JsonObject)) throw new BackupInvalidError('the backup lacks a part');
  return value as JsonObject;
}

/**
 * Writes what is missing here; with `isForced` also over what is another. Metadata is taken for a collection as a whole: what
 * was verified later must not be mixed with it, nor replaced by it unasked.
 */
export async function restoreBackup(
  { keys, metadata }: TrustBackup,
  directory: TrustDirectory,
  store: KeyStore,
  isForced = false,
): Promise<Restoration> {
  const [restored, same, kept]: [string[], string[], string[]] = [[], [], []];
  const decide = async (name: string, state: 'missing' | 'same' | 'other', write: () => Promise<void>) => {
    if (state === 'same') same.push(name);
    else if (state === 'other' && !isForced) kept.push(name);
    else {
      await write();
      restored.push(name);
    }
  };
  for (const [keyid, text] of keys) {
    const found = await store.findFile(keyid);
    const state = found === undefined ? 'missing' : found === text ? 'same' : 'other';
    await decide(keyid, state, () => store.putFile(keyid, text));
  }
  for (const [gun, files] of metadata) {
    const cache = directory.metadata(gun);
    const found = await cache.list();
    const isSame = found.size === files.size && [...files].every(([role, bytes]) => found.get(role)?.equals(bytes));
    await decide(gun, found.size === 0 ? 'missing' : isSame ? 'same' : 'other', async () => {
      for (const role of found.keys()) if (!files.has(role)) await cache.remove(role);
      for (const [role, bytes] of files) await cache.put(role, bytes);
    });
  }
  return { restored, same, kept };
}
