import { errorMessage } from '../core/index.ts';
import type { Change } from './change.ts';
import { addDelegation, editDelegation, purgeKeys, removeDelegation } from './delegation-edit.ts';
import type { Draft, DraftContext } from './draft.ts';
import { replaceRoleKeys } from './root-edit.ts';
import { addTarget, removeTarget } from './target-edit.ts';
import { witnessRole } from './witness.ts';

/** Applies one staged change to a draft. @throws as the edit it is */
export async function applyChange(draft: Draft, change: Change, context: DraftContext): Promise<void> {
  switch (change.kind) {
    case 'add-target':
      return reported(`couldn't add target to ${change.role}`, context, () => addTarget(draft, change, context));
    case 'remove-target':
      return reported(`couldn't remove target from ${change.role}`, context, () =>
        removeTarget(draft, change, context),
      );
    case 'add-delegation':
      return addDelegation(draft, change, context);
    case 'edit-delegation':
      return editDelegation(draft, change, context);
    case 'remove-delegation':
      return removeDelegation(draft, change.role, context);
    case 'purge-keys':
      return purgeKeys(draft, change, context);
    case 'witness':
      return witnessRole(draft, change.role);
    case 'replace-keys':
      return replaceRoleKeys(draft, change.role, change.keys, change.threshold);
  }
}

/** docker's users see this line besides the error itself. */
async function reported(what: string, { log }: DraftContext, edit: () => Promise<void>): Promise<void> {
  try {
    await edit();
  } catch (thrown) {
    const reason = errorMessage(thrown);
    if (reason !== '') log.error(`${what}: ${reason}`); // an interruption says nothing
    throw thrown;
  }
}
