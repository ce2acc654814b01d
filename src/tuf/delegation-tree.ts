import { readCertificates } from './certificate.ts';
import { RoleInvalidError } from './errors.ts';
import type { FileMeta } from './file-meta.ts';
import { type Role, resolveRole } from './role.ts';
import { isDelegation, parentRole, type RoleName, TARGETS } from './role-name.ts';
import { type Root, rootRole } from './root.ts';
import type { Targets } from './targets.ts';

/** Metadata of `targets` and of those delegations that could be had, by role. */
export type TargetsTree = ReadonlyMap<RoleName, Targets>;

/** A delegation as its parent restricts it: only paths that lie under the parent's own. */
export interface DelegationRole extends Role {
  readonly paths: readonly string[];
}

/** Where a walk goes. */
export interface WalkOptions {
  /** Only roles that may name this target; all when absent. */
  readonly path?: string;
  /** Only this role and those below it; all when absent. */
  readonly under?: RoleName;
  /** These roles, and what is below them, are left out. */
  readonly skip?: readonly RoleName[];
}

/**
 * The roles of the tree, breadth first from `targets` (`docs/wire/notary-v1.md`, "Delegations"). TUF v1.0.34 §5.6.7 walks depth
 * first and knows terminating delegations; Notary does neither.
 */
export function* walkTargets(
  root: Root,
  tree: TargetsTree,
  { path, under, skip = [] }: WalkOptions = {},
): Generator<{ readonly role: DelegationRole; readonly targets: Targets }> {
  const queue: DelegationRole[] = [{ ...rootRole(root, 'targets'), paths: [''] }];
  for (let role = queue.shift(); role; role = queue.shift()) {
    const targets = tree.get(role.name);
    if (!targets) continue;
    const isOnTheWay = under?.startsWith(`${role.name}/`) ?? false;
    if (!isOnTheWay) {
      if (path !== undefined && !isPathOf(role, path)) continue;
      if (under !== undefined && role.name !== under && !role.name.startsWith(`${under}/`)) continue;
      if (skip.includes(role.name)) continue;
      yield { role, targets };
    }
    queue.push(...listDelegations(role, targets));
  }
}

/**
 * Looks a target up: in the subtree of each of `roles` in turn, leaving out the subtrees of the others. Docker asks for
 * `targets/releases`, then `targets`.
 */
export function findTarget(
  root: Root,
  tree: TargetsTree,
  path: string,
  roles: readonly RoleName[] = [TARGETS],
): { readonly role: RoleName; readonly target: FileMeta } | undefined {
  for (const under of roles) {
    const skip = roles.filter((role) => role !== under);
    for (const { role, targets } of walkTargets(root, tree, { path, under, skip })) {
      const target = targets.targets.get(path);
      if (target) return { role: role.name, target };
    }
  }
  return undefined;
}

/**
 * The delegation `name`, as the tree above it defines it.
 * @throws {RoleInvalidError} no delegation name, nothing delegates to it, or one of its certificates is unfit
 */
export function getDelegationRole(root: Root, tree: TargetsTree, name: RoleName): DelegationRole {
  if (!isDelegation(name)) throw new RoleInvalidError(name, 'invalid delegation name');
  const parent = parentRole(name) as RoleName; // of a delegation: targets or a delegation
  for (const { role, targets } of walkTargets(root, tree, { under: parent })) {
    const entry = role.name === parent && targets.delegations.roles.find((child) => child.name === name);
    if (!entry) continue;
    const found = { ...resolveRole(name, entry, targets.delegations.keys), paths: entry.paths };
    verifyDelegationCertificates(found);
    return found;
  }
  throw new RoleInvalidError(name, 'delegation does not exist');
}

/** The direct children that `targets` delegates to, restricted to what `parent` may name itself. */
export function listDelegations(parent: DelegationRole, { delegations }: Targets): DelegationRole[] {
  return delegations.roles.flatMap((entry) => {
    if (!isDelegation(entry.name) || parentRole(entry.name) !== parent.name) return [];
    const paths = entry.paths.filter((path) => isPathOf(parent, path));
    return [{ ...resolveRole(entry.name, entry, delegations.keys), paths }];
  });
}

/** Paths are plain prefixes: no globs, no folders. */
export function isPathOf({ paths }: Pick<DelegationRole, 'paths'>, target: string): boolean {
  return paths.some((path) => target.startsWith(path));
}

/** Dates do not count here: the role's own expiry does. */
function verifyDelegationCertificates(role: DelegationRole): void {
  for (const key of role.keys.values()) {
    if (key.isCertificate && readCertificates(key.bytes)?.[0]?.isSha1) {
      throw new RoleInvalidError(role.name, `certificate of key ${key.keyid} uses invalid SHA1 signature algorithm`);
    }
  }
}
