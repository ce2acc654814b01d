import {
  type DelegationRole,
  type FileMeta,
  findTarget as findInTree,
  getDelegationRole,
  isPathOf,
  type Role,
  type RoleName,
  type Root,
  rootRole,
  type Signature,
  type Snapshot,
  TARGETS,
  type Targets,
  type Timestamp,
  type Trusted,
  type VerificationRules,
  walkTargets,
} from '../tuf/index.ts';
import { RoleUnverifiedError, TargetNotFoundError } from './errors.ts';
import { findUnverified } from './unverified.ts';

/** The role that docker publishes what signers sign in; it comes before `targets`. */
export const RELEASES = 'targets/releases' as RoleName;

/** All trust data of one GUN, verified as one whole. */
export interface TrustCollection {
  readonly root: Trusted<Root>;
  readonly timestamp: Trusted<Timestamp>;
  readonly snapshot: Trusted<Snapshot>;
  /** `targets` and each delegation that could be verified. */
  readonly targets: ReadonlyMap<RoleName, Trusted<Targets>>;
  /** Delegations whose metadata has too few signatures. Nothing in them is trusted; signing them anew may mend them. */
  readonly insufficient: ReadonlyMap<RoleName, Targets>;
  /** Delegations that are left out: past their date, or with too few signatures. */
  readonly unverified: ReadonlyMap<RoleName, Error>;
  /** What it was verified by. */
  readonly rules: VerificationRules;
  /** Something was warned of: the cache stood in for the server, a delegation is left out, an end is near. */
  readonly hasWarnings: boolean;
}

/** A target, and the role that vouches for it. */
export interface FoundTarget {
  readonly name: string;
  readonly role: RoleName;
  readonly file: FileMeta;
  /** Those under the role's metadata. */
  readonly signatures: readonly Signature[];
}

/** A target as one role has it, whichever role comes first. */
export type SignedTarget = FoundTarget;

/**
 * The targets of the given roles' subtrees, an earlier role's before a later one's, by name within each role. docker
 * lists `targets/releases`, then `targets`.
 * @throws {RoleUnverifiedError} strictly, where a role with an earlier say in one of them is left out
 */
export function listTargets(collection: TrustCollection, roles: readonly RoleName[] = [TARGETS]): FoundTarget[] {
  const found = new Map<string, FoundTarget>();
  for (const under of roles) {
    const skip = roles.filter((role) => role !== under);
    for (const { role, targets } of walkTargets(collection.root, collection.targets, { under, skip })) {
      for (const [name, file] of targets.targets) {
        if (!found.has(name) && isPathOf(role, name)) {
          found.set(name, { name, role: role.name, file, signatures: signaturesOf(collection, role.name) });
        }
      }
    }
  }
  for (const { name, role } of found.values()) refuseFallThrough(collection, name, roles, role);
  return [...found.values()];
}

/**
 * The target of that name in the first of the given roles' subtrees that has it.
 * @throws {TargetNotFoundError}
 * @throws {RoleUnverifiedError} strictly, where a role with an earlier say is left out
 */
export function getTarget(
  collection: TrustCollection,
  name: string,
  roles: readonly RoleName[] = [TARGETS],
): FoundTarget {
  const found = findTarget(collection, name, roles);
  if (!found) throw new TargetNotFoundError(name);
  return found;
}

/** The same, or undefined where no role has it. @throws {RoleUnverifiedError} */
export function findTarget(
  collection: TrustCollection,
  name: string,
  roles: readonly RoleName[] = [TARGETS],
): FoundTarget | undefined {
  const found = findInTree(collection.root, collection.targets, name, roles);
  refuseFallThrough(collection, name, roles, found?.role);
  return found && { name, role: found.role, file: found.target, signatures: signaturesOf(collection, found.role) };
}

function signaturesOf({ targets }: TrustCollection, role: RoleName): readonly Signature[] {
  return targets.get(role)?.envelope.signatures ?? [];
}

function refuseFallThrough(
  collection: TrustCollection,
  name: string,
  roles: readonly RoleName[],
  found: RoleName | undefined,
): void {
  if (!collection.rules.isFallThroughRefused) return;
  const unverified = findUnverified(collection, name, roles, found);
  if (unverified) throw new RoleUnverifiedError(name, unverified.role, unverified.reason);
}

/** Each role's entry for the target; all entries of all roles when no name is given. */
export function listSignedTargets(collection: TrustCollection, name?: string): SignedTarget[] {
  const found: SignedTarget[] = [];
  const walk = walkTargets(collection.root, collection.targets, name === undefined ? {} : { path: name });
  for (const { role } of walk) {
    const metadata = collection.targets.get(role.name);
    for (const [target, file] of metadata?.targets ?? []) {
      if (name !== undefined && target !== name) continue;
      found.push({ name: target, role: role.name, file, signatures: metadata?.envelope.signatures ?? [] });
    }
  }
  return found;
}

/** Every delegation of the tree, with its keys. Those whose own metadata is missing are listed too. */
export function listDelegationRoles(collection: TrustCollection): DelegationRole[] {
  const found: DelegationRole[] = [];
  for (const { targets } of walkTargets(collection.root, collection.targets)) {
    for (const { name } of targets.delegations.roles) {
      found.push(getDelegationRole(collection.root, collection.targets, name as RoleName));
    }
  }
  return found;
}

/** Who may sign for `targets` or a delegation. @throws {RoleInvalidError} nothing delegates to it */
export function getTargetsRole(
  root: Root,
  tree: ReadonlyMap<RoleName, Targets>,
  name: RoleName,
): DelegationRole | (Role & { readonly paths: readonly string[] }) {
  return name === TARGETS ? { ...rootRole(root, 'targets'), paths: [''] } : getDelegationRole(root, tree, name);
}
