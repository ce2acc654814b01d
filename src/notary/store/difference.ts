import {
  type FileMeta,
  type PublicKey,
  parseEnvelope,
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  ROOT,
  type RoleKeys,
  type RoleName,
  type SignedCommon,
  SNAPSHOT,
  TIMESTAMP,
} from '../../tuf/index.ts';

/** A file that metadata names: a target, or the metadata of another role. */
export interface NamedFile {
  readonly name: string;
  readonly length: number;
  /** Lower-case hex. */
  readonly sha256: string | undefined;
}
export interface NamedKey {
  readonly keyid: string;
  readonly keytype: string;
}
/** A role that root lists, or that targets delegate to. */
export interface NamedRole {
  readonly name: string;
  readonly keyids: readonly string[];
  readonly threshold: number;
  /** Of a delegation: the prefixes it may sign for. */
  readonly paths: readonly string[];
}
export interface Changes<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly from: T; readonly to: T }[];
}
/** What one version of a role has and another has not, as data; in JSON dates are RFC 3339. */
export interface RoleDifference {
  readonly role: string;
  readonly from: { readonly version: number; readonly expires: string };
  readonly to: { readonly version: number; readonly expires: string };
  /** Of targets and delegations the targets; of a snapshot or timestamp the metadata of other roles. */
  readonly files: Changes<NamedFile>;
  readonly keys: Changes<NamedKey>;
  readonly roles: Changes<NamedRole>;
}

interface Content {
  readonly common: SignedCommon;
  readonly files: ReadonlyMap<string, FileMeta>;
  readonly keys: ReadonlyMap<string, PublicKey>;
  readonly roles: readonly (RoleKeys & { readonly name: string; readonly paths: readonly string[] })[];
}

/**
 * Compares two versions of `role`, each as its bytes are stored; what is signed, not by whom. Lists are in the order of names.
 * @throws {TufError} bytes that are no metadata of that role
 */
export function compareVersions(role: RoleName, from: Uint8Array, to: Uint8Array): RoleDifference {
  const [before, after] = [readContent(role, from), readContent(role, to)];
  return {
    role,
    from: headOf(before.common),
    to: headOf(after.common),
    files: compare(filesOf(before), filesOf(after)),
    keys: compare(keysOf(before), keysOf(after)),
    roles: compare(rolesOf(before), rolesOf(after)),
  };
}

function readContent(role: RoleName, bytes: Uint8Array): Content {
  const { signed } = parseEnvelope(bytes);
  const none = { files: new Map<string, FileMeta>(), keys: new Map<string, PublicKey>(), roles: [] };
  if (role === ROOT) {
    const root = parseRoot(signed);
    return {
      ...none,
      common: root,
      keys: root.keys,
      roles: [...root.roles].map(([name, keys]) => ({ ...keys, name, paths: [] })),
    };
  }
  if (role === SNAPSHOT || role === TIMESTAMP) {
    const parsed = role === SNAPSHOT ? parseSnapshot(signed) : parseTimestamp(signed);
    return { ...none, common: parsed, files: parsed.meta };
  }
  const targets = parseTargets(role, signed);
  const { keys, roles } = targets.delegations;
  return { common: targets, files: targets.targets, keys, roles };
}

function headOf({ version, expires }: SignedCommon): RoleDifference['from'] {
  return { version, expires };
}

function filesOf({ files }: Content): Map<string, NamedFile> {
  return new Map(
    [...files].map(([name, { length, hashes }]) => [
      name,
      { name, length, sha256: hashes.get('sha256')?.toString('hex') },
    ]),
  );
}

function keysOf({ keys }: Content): Map<string, NamedKey> {
  return new Map([...keys].map(([keyid, { keytype }]) => [keyid, { keyid, keytype }]));
}

function rolesOf({ roles }: Content): Map<string, NamedRole> {
  return new Map(
    roles.map(({ name, keyids, threshold, paths }) => [
      name,
      { name, keyids: [...keyids].sort(), threshold, paths: [...paths].sort() },
    ]),
  );
}

function compare<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Changes<T> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const [added, removed, changed]: [T[], T[], { from: T; to: T }[]] = [[], [], []];
  for (const name of names) {
    const [from, to] = [before.get(name), after.get(name)];
    if (from === undefined && to !== undefined) added.push(to);
    else if (from !== undefined && to === undefined) removed.push(from);
    else if (from !== undefined && to !== undefined && JSON.stringify(from) !== JSON.stringify(to))
      changed.push({ from, to });
  }
  return { added, removed, changed };
}
