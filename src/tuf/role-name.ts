import { RoleInvalidError } from './errors.ts';

declare const roleBrand: unique symbol;
/** `root`, `targets`, `snapshot`, `timestamp` or a delegation `targets/…`. Only `parseRoleName` makes one. */
export type RoleName = string & { readonly [roleBrand]: true };
/** The four roles that root itself defines. */
export type BaseRoleName = 'root' | 'targets' | 'snapshot' | 'timestamp';

/** In the order in which root metadata is checked for them. */
export const BASE_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const satisfies readonly BaseRoleName[];

export const ROOT = 'root' as BaseRoleName & RoleName;
export const TARGETS = 'targets' as BaseRoleName & RoleName;
export const SNAPSHOT = 'snapshot' as BaseRoleName & RoleName;
export const TIMESTAMP = 'timestamp' as BaseRoleName & RoleName;

const DELEGATION = /^targets(?:\/[-a-z0-9_]+)+$/;
const MAX_ROLE_LENGTH = 255;

export function isBaseRole(text: string): text is BaseRoleName & RoleName {
  return (BASE_ROLES as readonly string[]).includes(text);
}

/** A role below `targets`, as `docs/wire/notary-v1.md` ("Names") has it: no empty part, 255 characters at most. */
export function isDelegation(text: string): text is RoleName {
  return text.length <= MAX_ROLE_LENGTH && DELEGATION.test(text);
}

export function isRoleName(text: string): text is RoleName {
  return isBaseRole(text) || isDelegation(text);
}

/** @throws {RoleInvalidError} neither one of the four roles nor a delegation */
export function parseRoleName(text: string): RoleName {
  if (!isRoleName(text)) throw new RoleInvalidError(text);
  return text;
}

/** `targets/a` of `targets/a/b`; `.` for one of the four roles, which have none. */
export function parentRole(role: string): string {
  const slash = role.lastIndexOf('/');
  return slash < 0 ? '.' : role.slice(0, slash);
}
