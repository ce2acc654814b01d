import { type Change, RELEASES } from '../../trust/index.ts';
import { type PublicKey, RoleInvalidError, type RoleName, TARGETS } from '../../tuf/index.ts';

const THRESHOLD = 1;

/**
 * What docker changes to make somebody a signer: a delegation of their own, and their keys in `targets/releases`, both
 * for every tag.
 * @throws {RoleInvalidError} `targets` itself, which a signer without a name would be
 */
export function signerChanges(role: RoleName, keys: readonly PublicKey[]): readonly Change[] {
  if (role === TARGETS) throw new RoleInvalidError(role, 'invalid delegation role name');
  return [role, RELEASES].flatMap((name): readonly Change[] => [
    { kind: 'add-delegation', role: name, edit: { threshold: THRESHOLD, addKeys: keys } },
    { kind: 'add-delegation', role: name, edit: { addPaths: [''] } },
  ]);
}

/** Takes a signer away again, and from `targets/releases` those of their keys that no other signer has. */
export function signerRemoval(role: RoleName, keyids: readonly string[]): readonly Change[] {
  return [
    { kind: 'edit-delegation', role: RELEASES, edit: { removeKeys: keyids } },
    { kind: 'remove-delegation', role },
  ];
}
