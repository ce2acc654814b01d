import { isDelegation, RoleInvalidError, type RoleName, TARGETS } from '../tuf/index.ts';
import { unsupportedScope } from './change-file.ts';
import { type Draft, existingRole, replaceTargets } from './draft.ts';

/**
 * Marks a role to be signed again as it is. One that was found with too few signatures is taken as it was found, if its
 * delegation now lists keys enough; whether they are here shows when it is signed.
 * @throws {ChangeInvalidError} no role that signs targets
 * @throws {RoleInvalidError} there is no such role, or too few keys for it
 */
export function witnessRole(draft: Draft, name: string): void {
  if (name !== TARGETS && !isDelegation(name)) throw unsupportedScope(name);
  const role = name as RoleName;
  const known = draft.targets.get(role);
  if (known) {
    replaceTargets(draft, role, known);
    return;
  }
  const insufficient = draft.insufficient.get(role);
  if (!insufficient) throw new RoleInvalidError(role, 'this role is not known');
  const { keys, threshold } = existingRole(draft, role);
  if (threshold > keys.size) {
    throw new RoleInvalidError(role, 'role does not specify enough valid signing keys to meet its required threshold');
  }
  replaceTargets(draft, role, insufficient);
}
