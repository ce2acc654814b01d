import { isPathOf, parentRole, type RoleName, TARGETS } from '../tuf/index.ts';
import { listDelegationRoles, type TrustCollection } from './collection.ts';
import { NoSignableRolesError } from './errors.ts';
import type { KeyStore } from './key-store.ts';

/**
 * Where docker signs a target: in `targets` while there are no delegations; else in every direct child of `targets` that
 * admits the name and of which a key is here, and no more in `targets`.
 * @throws {NoSignableRolesError}
 */
export async function listSignableRoles(
  collection: TrustCollection,
  target: string,
  keys: KeyStore,
): Promise<readonly RoleName[]> {
  const delegations = listDelegationRoles(collection);
  if (delegations.length === 0) return [TARGETS];
  const here = new Set((await keys.list()).map(({ keyid }) => keyid));
  const signable = delegations.filter((role) => {
    const isCandidate = parentRole(role.name) === TARGETS && isPathOf(role, target);
    return isCandidate && [...role.keys.values()].some((key) => here.has(key.canonicalKeyid));
  });
  if (signable.length === 0) throw new NoSignableRolesError();
  return signable.map(({ name }) => name);
}
