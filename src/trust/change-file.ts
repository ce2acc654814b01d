import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../core/index.ts';
import { isBaseRole, isDelegation, parseFileMeta, parsePublicKey, type RoleName, TARGETS } from '../tuf/index.ts';
import { type Change, ChangeInvalidError, type DelegationEdit } from './change.ts';

/** A change as Notary's file has it, and `notary status` shows it. */
export interface ChangeFile {
  readonly action: string;
  /** The role; `targets/*` for all delegations. */
  readonly role: string;
  readonly type: string;
  /** Name of a target. */
  readonly path: string;
}

const MAX_CHANGE_BYTES = 1024 * 1024;
/** Of a role: every delegation below it. */
export const ALL_BELOW = '/*';

/** What a change file says it is, whether we could apply it or not. @throws {ChangeInvalidError | JsonMalformedError} */
export function readChangeFile(bytes: Uint8Array): ChangeFile {
  const wire = objectOf(parseJson(bytes, { maxBytes: MAX_CHANGE_BYTES }));
  const { action, role, type, path } = wire;
  return { action: textOf(action), role: textOf(role), type: textOf(type), path: textOf(path) };
}

/**
 * Reads a change file.
 * @throws {ChangeInvalidError | MetadataMalformedError | JsonMalformedError}
 */
export function parseChange(bytes: Uint8Array): Change {
  const { action, role, type, path } = readChangeFile(bytes);
  const wire = objectOf(parseJson(bytes, { maxBytes: MAX_CHANGE_BYTES }));
  const data = typeof wire.data === 'string' ? parseJson(Buffer.from(wire.data, 'base64')) : undefined;
  switch (`${type} ${action}`) {
    case 'target create':
      return { kind: 'add-target', role: parseScope(role), name: path, file: parseFileMeta(objectOf(data)) };
    case 'target delete':
      return { kind: 'remove-target', role: parseScope(role), name: path };
    case 'delegation create':
      return { kind: 'add-delegation', role: parseScope(role), edit: parseEdit(objectOf(data)) };
    case 'delegation update':
      return parseUpdate(role, parseEdit(objectOf(data)));
    case 'delegation delete':
      return { kind: 'remove-delegation', role: parseScope(role) };
    case 'witness update':
      return { kind: 'witness', role };
    case 'role create':
      return parseRootChange(role, objectOf(data));
    default:
      throw new ChangeInvalidError(`change to ${shown(role)} not supported: ${action} ${type}`);
  }
}

function parseUpdate(scope: string, edit: DelegationEdit): Change {
  if (!scope.endsWith(ALL_BELOW)) return { kind: 'edit-delegation', role: parseScope(scope), edit };
  const parent = parseScope(scope.slice(0, -ALL_BELOW.length));
  return { kind: 'purge-keys', parent, keyids: edit.removeKeys ?? [] };
}

function parseRootChange(scope: string, { role, keys, threshold }: JsonObject): Change {
  if (scope !== 'root' || typeof role !== 'string' || !isBaseRole(role)) throw unsupportedScope(scope);
  const parsed = { kind: 'replace-keys', role, keys: arrayOf(keys).map(parsePublicKey) } as const;
  return typeof threshold === 'number' ? { ...parsed, threshold } : parsed;
}

function parseScope(role: string): RoleName {
  if (role === TARGETS || isDelegation(role)) return role as RoleName;
  throw unsupportedScope(role);
}

/** A role that nobody signs targets in. */
export function unsupportedScope(role: string): ChangeInvalidError {
  return new ChangeInvalidError(`scope not supported: ${shown(role)}`);
}

const shown = (role: string): string => JSON.stringify(role.slice(0, 160)).slice(1, -1);

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

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

function stringsOf(value: JsonValue | undefined): readonly string[] {
  return arrayOf(value).filter((item) => typeof item === 'string');
}
