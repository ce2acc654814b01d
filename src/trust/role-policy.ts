import { TrustSandboxError } from '../core/index.ts';
import {
  type BaseRoleName,
  isBaseRole,
  isDelegation,
  type PublicKey,
  ROOT,
  type Role,
  type RoleName,
  rootRole,
  TARGETS,
} from '../tuf/index.ts';
import type { Change } from './change.ts';
import { getTargetsRole, listDelegationRoles, type TrustCollection } from './collection.ts';

/** A role would need more signatures than it has keys to make them. */
export class ThresholdUnreachableError extends TrustSandboxError {
  readonly code = 'TRUST_THRESHOLD_UNREACHABLE';
  readonly role: string;
  readonly threshold: number;
  /** Canonical ids of the keys there would be. */
  readonly keyids: readonly string[];
  constructor(role: string, threshold: number, keyids: readonly string[]) {
    const keys = keyids.length === 0 ? 'no key' : `${keyids.length} (${keyids.join(', ')})`;
    super(`${role} would need the signatures of ${threshold} different keys, and has ${keys}`);
    this.role = role;
    this.threshold = threshold;
    this.keyids = keyids;
  }
}

/** A role whose signatures are not for clients to set a number of. */
export class ThresholdRoleError extends TrustSandboxError {
  readonly code = 'TRUST_THRESHOLD_ROLE';
  constructor(role: string) {
    super(`${role} has no threshold to set: root, targets and delegations have`);
  }
}

const HELD_BY_CLIENTS: readonly BaseRoleName[] = ['root', 'targets'];

/**
 * What sets how many different keys must sign a role (TUF v1.0.34 §4.3: `threshold`), with `added` among them from now
 * on. The role itself is signed again, by as many.
 * @throws {ThresholdUnreachableError | ThresholdRoleError}
 * @throws {RoleInvalidError} there is no such delegation
 */
export function thresholdChanges(
  collection: TrustCollection,
  name: RoleName,
  threshold: number,
  added: readonly PublicKey[] = [],
): readonly Change[] {
  const { keys } = policyRole(collection, name);
  const all = distinct([...keys.values(), ...added]);
  verifyReachable(name, threshold, all);
  if (isBaseRole(name)) return [{ kind: 'replace-keys', role: name, keys: all, threshold }];
  const edit = { threshold, ...(added.length > 0 && { addKeys: added }) };
  const isSigned = collection.targets.has(name) || collection.insufficient.has(name);
  return [
    { kind: 'edit-delegation', role: name, edit },
    ...(isSigned ? [{ kind: 'witness', role: name } as const] : []),
  ];
}

/** The roles that have a threshold to set, with it and their keys: root, targets, every delegation. */
export function listPolicyRoles(collection: TrustCollection): readonly Role[] {
  return [...[ROOT, TARGETS].map((name) => policyRole(collection, name)), ...listDelegationRoles(collection)];
}

function policyRole(collection: TrustCollection, name: RoleName): Role {
  if (isDelegation(name)) return getTargetsRole(collection.root, collection.targets, name);
  if (!isBaseRole(name) || !HELD_BY_CLIENTS.includes(name)) throw new ThresholdRoleError(name);
  return rootRole(collection.root, name);
}

/** @throws {ThresholdUnreachableError} fewer different keys than are to sign */
export function verifyReachable(role: string, threshold: number, keys: readonly PublicKey[]): void {
  const different = distinct(keys);
  if (threshold >= 1 && different.length >= threshold) return;
  throw new ThresholdUnreachableError(
    role,
    threshold,
    different.map(({ canonicalKeyid }) => canonicalKeyid),
  );
}

/** One of each key material: a key and its certificate are one signer. */
function distinct(keys: readonly PublicKey[]): readonly PublicKey[] {
  const found = new Map<string, PublicKey>();
  for (const key of keys) if (!found.has(key.fingerprint)) found.set(key.fingerprint, key);
  return [...found.values()];
}
