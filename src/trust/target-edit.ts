import { buildTargets, type FileMeta, isPathOf, type RoleName } from '../tuf/index.ts';
import { type Draft, type DraftContext, existingRole, replaceTargets, whyCannotSign } from './draft.ts';
import { TargetNotAdmittedError } from './errors.ts';

/**
 * Adds a target, or replaces it. Where the role has the very same entry already nothing changes, and no key is needed,
 * though one is asked for, as Notary's client does.
 * @throws {RoleInvalidError | NoSigningKeysError | TargetNotAdmittedError}
 */
export async function addTarget(
  draft: Draft,
  { role: name, name: target, file }: { readonly role: RoleName; readonly name: string; readonly file: FileMeta },
  context: DraftContext,
): Promise<void> {
  const role = existingRole(draft, name);
  const refusal = await whyCannotSign(role, context.keys);
  const targets = draft.targets.get(name) ?? buildTargets({ version: 0, expires: context.expires });
  if (!isPathOf(role, target)) throw new TargetNotAdmittedError();
  if (isSameFile(targets.targets.get(target), file)) return;
  if (refusal) throw refusal;
  replaceTargets(draft, name, { ...targets, targets: new Map(targets.targets).set(target, file) });
}

/**
 * Removes a target; one that is not there is no error.
 * @throws {RoleInvalidError | NoSigningKeysError}
 */
export async function removeTarget(
  draft: Draft,
  { role: name, name: target }: { readonly role: RoleName; readonly name: string },
  context: DraftContext,
): Promise<void> {
  const role = existingRole(draft, name);
  const refusal = await whyCannotSign(role, context.keys);
  const targets = draft.targets.get(name);
  if (!targets?.targets.has(target)) return;
  if (refusal) throw refusal;
  const rest = new Map(targets.targets);
  rest.delete(target);
  replaceTargets(draft, name, { ...targets, targets: rest });
}

function isSameFile(found: FileMeta | undefined, wanted: FileMeta): boolean {
  if (!found || found.length !== wanted.length || found.hashes.size !== wanted.hashes.size) return false;
  const hasAll = [...wanted.hashes].every(([algorithm, hash]) => found.hashes.get(algorithm)?.equals(hash));
  return hasAll && JSON.stringify(found.extra) === JSON.stringify(wanted.extra);
}
