import type { JsonObject, JsonValue } from '../core/index.ts';
import { readCommon, type SignedCommon, verifyCommon } from './common.ts';
import { MetadataInvalidError } from './errors.ts';
import { type FileMeta, formatFileMeta, parseFileMeta } from './file-meta.ts';
import { formatMap, readArray, readMap, readObject, readString, readStrings } from './member.ts';
import { formatPublicKey, type PublicKey, parsePublicKey } from './public-key.ts';
import { formatRoleKeys, parseRoleKeys, type RoleKeys, verifyRoleKeys } from './role.ts';
import { isDelegation, parentRole, type RoleName } from './role-name.ts';

/** A role that targets metadata delegates to. */
export interface Delegation extends RoleKeys {
  readonly name: string;
  /** Plain prefixes of target names; `''` is every name, none is no name. */
  readonly paths: readonly string[];
}

/** Content of `targets.json` or of a delegation (`docs/wire/notary-v1.md`, "Targets"). */
export interface Targets extends SignedCommon {
  readonly targets: ReadonlyMap<string, FileMeta>;
  readonly delegations: {
    readonly keys: ReadonlyMap<string, PublicKey>;
    readonly roles: readonly Delegation[];
    readonly extra: JsonObject;
  };
}

/** @throws {MetadataMalformedError | MetadataInvalidError} */
export function parseTargets(name: RoleName, signed: JsonObject): Targets {
  const common = readCommon(signed);
  const { targets, delegations, ...extra } = common.rest;
  const { keys, roles, ...more } = readObject(delegations, 'delegations');
  const parsed: Targets = {
    version: common.version,
    expires: common.expires,
    targets: readMap(targets, 'targets', parseFileMeta),
    delegations: {
      keys: readMap(keys, 'keys', parsePublicKey),
      roles: readArray(roles, 'roles').map(parseDelegation),
      extra: more,
    },
    extra,
  };
  verifyCommon(name, common, 'Targets');
  verifyDelegations(name, parsed);
  return parsed;
}

function parseDelegation(value: JsonValue): Delegation {
  const { name, paths, ...rest } = readObject(value, 'delegation');
  return { ...parseRoleKeys(rest), name: readString(name, 'name'), paths: readStrings(paths, 'paths') };
}

function verifyDelegations(container: RoleName, { delegations }: Targets): void {
  for (const role of delegations.roles) {
    if (!isDelegation(role.name) || parentRole(role.name) !== container) {
      throw new MetadataInvalidError(container, `delegation role ${role.name} invalid`);
    }
    verifyRoleKeys(container, role.name, role, delegations.keys);
  }
}

export function formatTargets(targets: Targets): JsonObject {
  const { keys, roles, extra } = targets.delegations;
  return {
    ...targets.extra,
    _type: 'Targets',
    delegations: { ...extra, keys: formatMap(keys, formatPublicKey), roles: roles.map(formatDelegation) },
    expires: targets.expires,
    targets: formatMap(targets.targets, formatFileMeta),
    version: targets.version,
  };
}

function formatDelegation(role: Delegation): JsonObject {
  return { ...formatRoleKeys(role), name: role.name, ...(role.paths.length > 0 ? { paths: role.paths } : {}) };
}

/** Targets metadata that names nothing yet. */
export function buildTargets({
  version = 1,
  expires,
}: {
  readonly version?: number;
  readonly expires: string;
}): Targets {
  const delegations = { keys: new Map<string, PublicKey>(), roles: [], extra: {} };
  return { version, expires, targets: new Map(), delegations, extra: {} };
}
