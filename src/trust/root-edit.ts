import { type BaseRoleName, type PublicKey, type Root, TARGETS } from '../tuf/index.ts';
import { type Draft, nextRoot, replaceTargets } from './draft.ts';
import { verifyReachable } from './role-policy.ts';

/**
 * Gives one of the four roles other keys; what the role signs is to be signed anew. The threshold stays. A root key that
 * is replaced stays listed among the keys, as Notary leaves it: clients translate its id with it.
 * @throws {ThresholdUnreachableError}
 */
export function replaceRoleKeys(
  draft: Draft,
  role: BaseRoleName,
  keys: readonly PublicKey[],
  newThreshold?: number,
): void {
  const root = nextRoot(draft);
  const previous = root.roles.get(role);
  const threshold = newThreshold ?? previous?.threshold ?? 1;
  verifyReachable(role, threshold, keys);
  const roles = new Map(root.roles).set(role, {
    threshold,
    keyids: keys.map(({ keyid }) => keyid),
    extra: previous?.extra ?? {},
  });
  const listed = new Map(root.keys);
  for (const key of keys) listed.set(key.keyid, key);
  draft.newRoot = withoutUnused({ ...root, roles, keys: listed }, role === 'root' ? [] : (previous?.keyids ?? []));
  const targets = draft.targets.get(TARGETS);
  if (role === TARGETS && targets) replaceTargets(draft, TARGETS, targets);
}

function withoutUnused(root: Root, candidates: readonly string[]): Root {
  const used = new Set([...root.roles.values()].flatMap(({ keyids }) => keyids));
  const dropped = new Set(candidates.filter((keyid) => !used.has(keyid)));
  return { ...root, keys: new Map([...root.keys].filter(([keyid]) => !dropped.has(keyid))) };
}
