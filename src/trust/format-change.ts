import type { JsonObject } from '../core/index.ts';
import { formatFileMeta, formatPublicKey } from '../tuf/index.ts';
import type { Change, DelegationEdit } from './change.ts';
import { ALL_BELOW, type ChangeFile } from './change-file.ts';

/** The text of a change file: `data` is JSON once more, in base64 (docs/wire/trust-directory.md). */
export function formatChange(change: Change): string {
  const { data, action, role, type, path } = wireChange(change);
  const content = data === undefined ? null : Buffer.from(JSON.stringify(data)).toString('base64');
  return JSON.stringify({ action, role, type, path, data: content });
}

function wireChange(change: Change): ChangeFile & { readonly data?: JsonObject } {
  switch (change.kind) {
    case 'add-target': {
      const { role, name, file } = change;
      return { action: 'create', role, type: 'target', path: name, data: formatFileMeta(file) };
    }
    case 'remove-target':
      return { action: 'delete', role: change.role, type: 'target', path: change.name };
    case 'add-delegation':
      return { action: 'create', role: change.role, type: 'delegation', path: '', data: formatEdit(change.edit) };
    case 'edit-delegation':
      return { action: 'update', role: change.role, type: 'delegation', path: '', data: formatEdit(change.edit) };
    case 'remove-delegation':
      return { action: 'delete', role: change.role, type: 'delegation', path: '' };
    case 'purge-keys': {
      const role = change.parent + ALL_BELOW;
      return { action: 'update', role, type: 'delegation', path: '', data: formatEdit({ removeKeys: change.keyids }) };
    }
    case 'witness':
      return { action: 'update', role: change.role, type: 'witness', path: '' };
    case 'replace-keys': {
      const { threshold } = change; // ours: notary passes it over
      const data = {
        keys: change.keys.map(formatPublicKey),
        role: change.role,
        ...(threshold !== undefined && { threshold }),
      };
      return { action: 'create', role: 'root', type: 'role', path: change.role, data };
    }
  }
}

function formatEdit(edit: DelegationEdit): JsonObject {
  return {
    ...(edit.threshold !== undefined && { threshold: edit.threshold }),
    ...(edit.addKeys?.length && { add_keys: edit.addKeys.map(formatPublicKey) }),
    ...(edit.removeKeys?.length && { remove_keys: edit.removeKeys }),
    ...(edit.addPaths?.length && { add_paths: edit.addPaths }),
    ...(edit.removePaths?.length && { remove_paths: edit.removePaths }),
    ...(edit.clearPaths && { clear_paths: true }),
  };
}
