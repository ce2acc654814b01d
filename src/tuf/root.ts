import type { JsonObject } from '../core/index.ts';
import { type CommonMembers, readCommon, type SignedCommon, verifyCommon } from './common.ts';
import { MetadataInvalidError } from './errors.ts';
import { formatMap, readBoolean, readMap, readObject } from './member.ts';
import { formatPublicKey, type PublicKey, parsePublicKey } from './public-key.ts';
import { formatRoleKeys, parseRoleKeys, type Role, type RoleKeys, resolveRole, verifyRoleKeys } from './role.ts';
import { BASE_ROLES, type BaseRoleName, type RoleName } from './role-name.ts';

/** Content of `root.json`: which keys may sign for which role (`docs/wire/notary-v1.md`, "Root"). */
export interface Root extends SignedCommon {
  readonly keys: ReadonlyMap<string, PublicKey>;
  /** The four base roles are always there. */
  readonly roles: ReadonlyMap<string, RoleKeys>;
  readonly consistentSnapshot: boolean;
}

/** @throws {MetadataMalformedError | MetadataInvalidError} */
export function parseRoot(signed: JsonObject): Root {
  const common = readCommon(signed);
  const { keys, roles, consistent_snapshot, ...extra } = common.rest;
  const root: Root = {
    version: common.version,
    expires: common.expires,
    keys: readMap(keys, 'keys', parsePublicKey),
    roles: readMap(withoutNulls(readObject(roles, 'roles')), 'roles', parseRoleKeys),
    consistentSnapshot: readBoolean(consistent_snapshot, 'consistent_snapshot'),
    extra,
  };
  verifyRootStructure(common, root);
  return root;
}

/** A role that is null is a role that is missing. */
function withoutNulls(roles: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(roles).filter(([, role]) => role !== null));
}

function verifyRootStructure(common: CommonMembers, root: Root): void {
  verifyCommon('root', common, 'Root');
  for (const name of BASE_ROLES) {
    const role = root.roles.get(name);
    if (!role) throw new MetadataInvalidError('root', `missing ${name} role specification`);
    verifyRoleKeys('root', name, role, root.keys);
  }
}

export function formatRoot(root: Root): JsonObject {
  return {
    ...root.extra,
    _type: 'Root',
    consistent_snapshot: root.consistentSnapshot,
    expires: root.expires,
    keys: formatMap(root.keys, formatPublicKey),
    roles: formatMap(root.roles, formatRoleKeys),
    version: root.version,
  };
}

/** Who may sign for `name` according to `root`. @throws {MetadataInvalidError} a root made by hand without the role */
export function rootRole(root: Root, name: BaseRoleName): Role {
  const role = root.roles.get(name);
  if (!role) throw new MetadataInvalidError('root', `missing ${name} role specification`);
  return resolveRole(name as BaseRoleName & RoleName, role, root.keys);
}

export interface RootDetails {
  readonly version?: number;
  readonly expires: string;
  /** How many of a role's keys must sign; one where nothing is said. */
  readonly thresholds?: Partial<Readonly<Record<BaseRoleName, number>>>;
}

/** A root that lists, for each role, the given keys. */
export function buildRoot(
  keys: Readonly<Record<BaseRoleName, readonly PublicKey[]>>,
  { version = 1, expires, thresholds = {} }: RootDetails,
): Root {
  const listed = BASE_ROLES.flatMap((name) => keys[name].map((key) => [key.keyid as string, key] as const));
  const roles = BASE_ROLES.map((name) => {
    return [
      name as string,
      { keyids: keys[name].map(({ keyid }) => keyid), threshold: thresholds[name] ?? 1, extra: {} },
    ] as const;
  });
  return { version, expires, keys: new Map(listed), roles: new Map(roles), consistentSnapshot: false, extra: {} };
}
