import type { JsonObject, JsonValue } from '../core/index.ts';
import { MetadataInvalidError } from './errors.ts';
import { readInteger, readObject, readStrings } from './member.ts';
import type { PublicKey } from './public-key.ts';
import type { RoleName } from './role-name.ts';

/** Who may sign for a role, as metadata lists it. */
export interface RoleKeys {
  readonly keyids: readonly string[];
  readonly threshold: number;
  /** Members we do not know. */
  readonly extra: JsonObject;
}

/** Who may sign for a role, with the keys themselves. */
export interface Role {
  readonly name: RoleName;
  /** By the id the metadata lists them under, which need not be their own. */
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly threshold: number;
}

/** Keys that one role may list: each costs time to read, certificates most. */
const MAX_KEYS = 1000;

export function parseRoleKeys(value: JsonValue | undefined): RoleKeys {
  const { keyids, threshold, ...extra } = readObject(value, 'role');
  return { keyids: readStrings(keyids, 'keyids'), threshold: readInteger(threshold, 'threshold'), extra };
}

export function formatRoleKeys({ keyids, threshold, extra }: RoleKeys): JsonObject {
  return { ...extra, keyids, threshold };
}

/** `keys` are those of the metadata that lists the role; ids it does not define are left out. */
export function resolveRole(name: RoleName, role: RoleKeys, keys: ReadonlyMap<string, PublicKey>): Role {
  const found = role.keyids.flatMap((keyid) => {
    const key = keys.get(keyid);
    return key ? [[keyid, key] as const] : [];
  });
  return { name, keys: new Map(found), threshold: role.threshold };
}

/** @throws {MetadataInvalidError} threshold below 1, or a keyid without its key */
export function verifyRoleKeys(
  container: string,
  name: string,
  role: RoleKeys,
  keys: ReadonlyMap<string, unknown>,
): void {
  if (role.threshold < 1) {
    throw new MetadataInvalidError(container, `invalid threshold specified for ${name}: ${role.threshold} `);
  }
  if (role.keyids.length > MAX_KEYS)
    throw new MetadataInvalidError(container, `more than ${MAX_KEYS} keys for ${name}`);
  const missing = role.keyids.find((keyid) => !keys.has(keyid));
  if (missing !== undefined) {
    throw new MetadataInvalidError(container, `key ID ${missing} specified in ${name} without corresponding key`);
  }
}
