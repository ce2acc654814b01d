import { isDelegation, RoleInvalidError, type RoleName, TARGETS } from '../../tuf/index.ts';
import { splitList } from './global-flags.ts';

/**
 * Roles that targets can be added to and removed from, as `-r` names them; undefined when it was not given.
 * @throws {RoleInvalidError} worded as notary words it
 */
export function parseRoles(values: readonly string[] | undefined): readonly RoleName[] | undefined {
  const names = splitList(values);
  if (!names || names.length === 0) return undefined;
  return names.map((name) => {
    if (name === TARGETS || isDelegation(name)) return name as RoleName;
    throw new RoleInvalidError(name, 'cannot add targets to this role');
  });
}
