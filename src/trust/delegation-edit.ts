import {
  buildTargets,
  type Delegation,
  type DelegationRole,
  parentRole,
  RoleInvalidError,
  type RoleName,
  type Targets,
  walkTargets,
} from '../tuf/index.ts';
import type { DelegationEdit } from './change.ts';
import { type Draft, type DraftContext, existingRole, nextRoot, replaceTargets, whyCannotSign } from './draft.ts';
import { applyEdit, newDelegation, withDelegations } from './edited-delegation.ts';

/**
 * Makes a delegation, or adds keys and paths to it. Its parent holds it, so the parent's key is needed.
 * @throws {RoleInvalidError | NoSigningKeysError}
 */
export async function addDelegation(
  draft: Draft,
  { role, edit }: { readonly role: RoleName; readonly edit: DelegationEdit },
  context: DraftContext,
): Promise<void> {
  const { addKeys, addPaths } = edit;
  const isThere = draft.targets.get(parentRole(role) as RoleName)?.delegations.roles.some(({ name }) => name === role);
  const threshold = isThere ? undefined : edit.threshold; // as with Notary's client: docker would set it to 1 again
  const made = { ...(threshold && { threshold }), ...(addKeys && { addKeys }) };
  await changeDelegation(draft, { role, edit: made }, context);
  if (addPaths?.length) await changeDelegation(draft, { role, edit: { addPaths } }, context);
}

/**
 * Adds and removes keys and paths of a delegation that is there.
 * @throws {RoleInvalidError | NoSigningKeysError}
 */
export async function editDelegation(
  draft: Draft,
  change: { readonly role: RoleName; readonly edit: DelegationEdit },
  context: DraftContext,
): Promise<void> {
  existingRole(draft, change.role);
  await changeDelegation(draft, change, context);
}

async function changeDelegation(
  draft: Draft,
  { role, edit }: { readonly role: RoleName; readonly edit: DelegationEdit },
  context: DraftContext,
): Promise<void> {
  const { parent, targets } = await signableParent(draft, role, context);
  if (edit.addPaths?.some((path) => !parent.paths.some((prefix) => path.startsWith(prefix)))) {
    throw new RoleInvalidError(role, 'invalid paths to add to role');
  }
  const found = targets.delegations.roles.find(({ name }) => name === role);
  const edited = found ? applyEdit(found, edit, targets) : newDelegation(role, edit);
  const roles = found
    ? targets.delegations.roles.map((entry) => (entry === found ? edited : entry))
    : [...targets.delegations.roles, edited];
  warnIfUnusable(edited, context);
  const keys = new Map(targets.delegations.keys);
  for (const key of edit.addKeys ?? []) keys.set(key.keyid, key);
  replaceTargets(draft, parent.name, withDelegations(targets, keys, roles));
}

/**
 * Takes keys from all delegations below a role. What one cannot sign is left as it is, with a warning.
 * @throws {RoleInvalidError}
 */
export async function purgeKeys(
  draft: Draft,
  { parent, keyids }: { readonly parent: RoleName; readonly keyids: readonly string[] },
  context: DraftContext,
): Promise<void> {
  const wanted = new Set(keyids);
  for (const { role, targets } of [...walkTargets(nextRoot(draft), draft.targets, { under: parent })]) {
    const { keys, roles } = targets.delegations;
    const purged = new Set([...keys].filter(([, key]) => wanted.has(key.canonicalKeyid)).map(([keyid]) => keyid));
    if (purged.size === 0) continue;
    if (await whyCannotSign(role, context.keys)) {
      context.log.warn(
        `role ${role.name} contains keys being purged but you do not have the necessary keys present to sign it; keys will not be purged from ${role.name} or its immediate children`,
      );
      continue;
    }
    const left = roles.map((entry) => ({ ...entry, keyids: entry.keyids.filter((keyid) => !purged.has(keyid)) }));
    for (const entry of left) warnIfUnusable(entry, context);
    replaceTargets(draft, role.name, withDelegations(targets, keys, left));
  }
}

function warnIfUnusable({ name, keyids, threshold }: Delegation, { log }: DraftContext): void {
  if (keyids.length >= threshold) return;
  log.warn(
    `role ${name} has fewer keys than its threshold of ${threshold}; it will not be usable until keys are added to it`,
  );
}

/**
 * Removes a delegation and what it signed; one that is not there is no error.
 * @throws {RoleInvalidError | NoSigningKeysError}
 */
export async function removeDelegation(draft: Draft, role: RoleName, context: DraftContext): Promise<void> {
  const { parent, targets } = await signableParent(draft, role, context);
  draft.targets.delete(role);
  draft.changed.delete(role);
  draft.removed.add(role);
  const roles = targets.delegations.roles.filter(({ name }) => name !== role);
  if (roles.length === targets.delegations.roles.length) return;
  replaceTargets(draft, parent.name, withDelegations(targets, targets.delegations.keys, roles));
}

async function signableParent(
  draft: Draft,
  role: RoleName,
  { keys, expires }: DraftContext,
): Promise<{ readonly parent: DelegationRole; readonly targets: Targets }> {
  const parent = existingRole(draft, parentRole(role) as RoleName); // of a delegation: targets or a delegation
  const refusal = await whyCannotSign(parent, keys);
  if (refusal) throw refusal;
  return { parent, targets: draft.targets.get(parent.name) ?? buildTargets({ version: 0, expires }) };
}
