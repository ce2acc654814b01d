import { type Delegation, type PublicKey, RoleInvalidError, type RoleName, type Targets } from '../tuf/index.ts';
import type { DelegationEdit } from './change.ts';

/** A delegation that an edit begins. @throws {RoleInvalidError} it has no keys, or nobody would have to sign */
export function newDelegation(role: RoleName, edit: DelegationEdit): Delegation {
  const { threshold = 0 } = edit; // Notary's change of paths alone has none
  if (threshold < 1 || !edit.addKeys) throw new RoleInvalidError(role);
  const keyids = merge(
    [],
    edit.addKeys.map(({ keyid }) => keyid),
  );
  return { name: role, keyids, threshold, paths: merge([], edit.addPaths ?? []), extra: {} };
}

/** A delegation as an edit leaves it. @throws {RoleInvalidError} nobody would have to sign */
export function applyEdit(found: Delegation, edit: DelegationEdit, { delegations }: Targets): Delegation {
  const removed = edit.removeKeys?.map((keyid) => listedKeyid(keyid, found, delegations.keys)) ?? [];
  const keyids = found.keyids.filter((keyid) => !removed.includes(keyid));
  const paths = edit.clearPaths ? [] : found.paths.filter((path) => !edit.removePaths?.includes(path));
  const { threshold = found.threshold } = edit;
  if (threshold < 1) throw new RoleInvalidError(found.name, `a threshold of ${threshold} is none`);
  return {
    ...found,
    threshold,
    keyids: merge(keyids, edit.addKeys?.map(({ keyid }) => keyid) ?? []),
    paths: merge(paths, edit.addPaths ?? []),
  };
}

/** Changes name keys by their canonical id; metadata lists certificates by the certificate's. */
function listedKeyid(canonical: string, role: Delegation, keys: ReadonlyMap<string, PublicKey>): string {
  return role.keyids.find((keyid) => keys.get(keyid)?.canonicalKeyid === canonical) ?? canonical;
}

const merge = (have: readonly string[], more: readonly string[]): readonly string[] => [...new Set([...have, ...more])];

/** Targets with other delegations. Keys that none of them uses any more are dropped. */
export function withDelegations(
  targets: Targets,
  keys: ReadonlyMap<string, PublicKey>,
  roles: readonly Delegation[],
): Targets {
  const used = new Set(roles.flatMap(({ keyids }) => keyids));
  const kept = new Map([...keys].filter(([keyid]) => used.has(keyid)));
  return { ...targets, delegations: { ...targets.delegations, keys: kept, roles } };
}
