import { isJsonObject, type JsonObject, type JsonValue, parseJson, TrustSandboxError } from '../core/index.ts';
import {
  type FileMeta,
  formatFileMeta,
  formatPublicKey,
  isDelegation,
  type PublicKey,
  parseFileMeta,
  parsePublicKey,
  type RoleName,
  TARGETS,
} from '../tuf/index.ts';

/** One thing to do to trust data at the next publish, in the terms of Notary's change list. */
export type Change = TargetChange | DelegationChange;

export type TargetChange =
  | { readonly kind: 'add-target'; readonly role: RoleName; readonly name: string; readonly file: FileMeta }
  | { readonly kind: 'remove-target'; readonly role: RoleName; readonly name: string };

export type DelegationChange =
  | { readonly kind: 'add-delegation'; readonly role: RoleName; readonly edit: DelegationEdit }
  | { readonly kind: 'edit-delegation'; readonly role: RoleName; readonly edit: DelegationEdit }
  | { readonly kind: 'remove-delegation'; readonly role: RoleName };

/** What is added to and taken from a delegation. `removeKeys` are canonical keyids. */
export interface DelegationEdit {
  readonly threshold?: number;
  readonly addKeys?: readonly PublicKey[];
  readonly removeKeys?: readonly string[];
  readonly addPaths?: readonly string[];
  readonly removePaths?: readonly string[];
  readonly clearPaths?: boolean;
}

/** A change file that is none, or that asks for something we cannot do. */
export class ChangeInvalidError extends TrustSandboxError {
  readonly code = 'CHANGE_INVALID';
}

const MAX_CHANGE_BYTES = 1024 * 1024;

/** A change as Notary's file has it: `data` is JSON once more, in base64 (docs/wire/trust-directory.md). */
export function formatChange(change: Change): string {
  const { action, type, path, data } = wireChange(change);
  const content = data === undefined ? null : Buffer.from(JSON.stringify(data)).toString('base64');
  return JSON.stringify({ action, role: change.role, type, path, data: content });
}

function wireChange(change: Change): { action: string; type: string; path: string; data?: JsonObject } {
  switch (change.kind) {
    case 'add-target':
      return { action: 'create', type: 'target', path: change.name, data: formatFileMeta(change.file) };
    case 'remove-target':
      return { action: 'delete', type: 'target', path: change.name };
    case 'add-delegation':
      return { action: 'create', type: 'delegation', path: '', data: formatEdit(change.edit) };
    case 'edit-delegation':
      return { action: 'update', type: 'delegation', path: '', data: formatEdit(change.edit) };
    case 'remove-delegation':
      return { action: 'delete', type: 'delegation', path: '' };
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

/**
 * Reads a change file.
 * @throws {ChangeInvalidError | MetadataMalformedError | JsonMalformedError}
 */
export function parseChange(bytes: Uint8Array): Change {
  const wire = objectOf(parseJson(bytes, { maxBytes: MAX_CHANGE_BYTES }));
  const role = parseScope(wire.role);
  const data = typeof wire.data === 'string' ? parseJson(Buffer.from(wire.data, 'base64')) : undefined;
  const name = typeof wire.path === 'string' ? wire.path : '';
  switch (`${wire.type} ${wire.action}`) {
    case 'target create':
      return { kind: 'add-target', role, name, file: parseFileMeta(objectOf(data)) };
    case 'target delete':
      return { kind: 'remove-target', role, name };
    case 'delegation create':
      return { kind: 'add-delegation', role, edit: parseEdit(objectOf(data)) };
    case 'delegation update':
      return { kind: 'edit-delegation', role, edit: parseEdit(objectOf(data)) };
    case 'delegation delete':
      return { kind: 'remove-delegation', role };
    default:
      throw new ChangeInvalidError(`change to ${role} not supported: ${wire.action} ${wire.type}`);
  }
}

function parseScope(role: JsonValue | undefined): RoleName {
  if (typeof role === 'string' && (role === TARGETS || isDelegation(role))) return role as RoleName;
  throw new ChangeInvalidError(`scope not supported: ${JSON.stringify(role ?? null).slice(0, 160)}`);
}

function parseEdit(data: JsonObject): DelegationEdit {
  return {
    ...(typeof data.threshold === 'number' && { threshold: data.threshold }),
    addKeys: arrayOf(data.add_keys).map(parsePublicKey),
    removeKeys: stringsOf(data.remove_keys),
    addPaths: stringsOf(data.add_paths),
    removePaths: stringsOf(data.remove_paths),
    clearPaths: data.clear_paths === true,
  };
}

function objectOf(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) throw new ChangeInvalidError('change file is not an object');
  return value;
}

const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

function stringsOf(value: JsonValue | undefined): readonly string[] {
  return arrayOf(value).filter((item) => typeof item === 'string');
}
