import { getDelegationRole, isPathOf, RoleInvalidError, type RoleName } from '../tuf/index.ts';
import type { TrustCollection } from './collection.ts';

/**
 * A delegation that is left out though it would be asked for `target` before `found`, or at all when nothing was found.
 * `roles` are the subtrees in the order they are looked through, each from the top down.
 */
export function findUnverified(
  { root, targets, unverified }: TrustCollection,
  target: string,
  roles: readonly RoleName[],
  found: RoleName | undefined,
): { readonly role: RoleName; readonly reason: Error } | undefined {
  const limit = found === undefined ? LAST : rankOf(found, roles);
  for (const [role, reason] of unverified) {
    if (role === found || isLater(rankOf(role, roles), limit)) continue;
    if (found === undefined && !roles.includes(role)) continue; // docker takes nothing from it either way
    if (admits(role)) return { role, reason };
  }
  return undefined;

  function admits(role: RoleName): boolean {
    try {
      return isPathOf(getDelegationRole(root, targets, role), target);
    } catch (thrown) {
      if (thrown instanceof RoleInvalidError) return true;
      throw thrown;
    }
  }
}

/** Which subtree, and how deep. */
type Rank = readonly [number, number];
const LAST: Rank = [Number.POSITIVE_INFINITY, 0];

function rankOf(role: RoleName, roles: readonly RoleName[]): Rank {
  const depth = role.split('/').length;
  const under = roles.filter((one) => role === one || role.startsWith(`${one}/`));
  const nearest = under.sort((a, b) => b.length - a.length)[0];
  return [nearest === undefined ? Number.POSITIVE_INFINITY : roles.indexOf(nearest), depth];
}

const isLater = ([tree, depth]: Rank, [otherTree, otherDepth]: Rank): boolean =>
  tree > otherTree || (tree === otherTree && depth > otherDepth);
