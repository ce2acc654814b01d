import { TrustSandboxError } from '../core/index.ts';
import type { Gun, Root } from '../tuf/index.ts';
import { rootRole } from '../tuf/index.ts';
import type { FoundTarget, TrustCollection } from './collection.ts';

/** Trust data that is not what the lockfile relies on. */
export class LockMismatchError extends TrustSandboxError {
  readonly code = 'TRUST_LOCK_MISMATCH';
  readonly expected: string;
  readonly found: string;
  constructor(what: string, { expected, found }: { readonly expected: string; readonly found: string }) {
    super(`${what} is not what the lockfile says: expected ${expected}, found ${found}`);
    this.expected = expected;
    this.found = found;
  }
}

/** What a project relies on for one collection. */
export interface LockedCollection {
  /** Canonical keyids of the root keys, which a new certificate leaves as they are. Any other root is refused. */
  readonly rootKeys: readonly string[];
  /** Of root, targets and delegations; older ones are refused, however new the machine is to the collection. */
  readonly versions: ReadonlyMap<string, number>;
  /** `sha256:…` of each tag relied on; other digests and other tags are refused. */
  readonly tags: ReadonlyMap<string, string>;
}

/** What is trusted now, to be relied on from now on. */
export function lockCollectionState(collection: TrustCollection, targets: readonly FoundTarget[]): LockedCollection {
  const { root } = collection;
  const versions = [...collection.targets].map(([role, { version }]) => [role as string, version] as const);
  const tags = targets.map((target) => [target.name, digestTextOf(target)] as const);
  return {
    rootKeys: rootKeysOf(root),
    versions: new Map([['root', root.version], ...versions]),
    tags: new Map(tags),
  };
}

/** Looked at whenever a root is, cached or not, before it is kept. @throws {LockMismatchError} */
export function verifyLockedRoot(gun: Gun, { rootKeys, versions }: LockedCollection, root: Root): void {
  const [expected, found] = [[...rootKeys].sort().join(', '), rootKeysOf(root).join(', ')];
  if (expected !== found) throw new LockMismatchError(`the root key of ${gun}`, { expected, found });
  verifyLockedVersion(gun, 'root', root.version, versions);
}

/** @throws {LockMismatchError} a role is older than it was */
export function verifyLockedVersions(gun: Gun, { versions }: LockedCollection, { targets }: TrustCollection): void {
  for (const [role, { version }] of targets) verifyLockedVersion(gun, role, version, versions);
}

function verifyLockedVersion(gun: Gun, role: string, version: number, versions: ReadonlyMap<string, number>): void {
  const least = versions.get(role) ?? 1;
  if (version >= least) return;
  throw new LockMismatchError(`${role} of ${gun}`, {
    expected: `version ${least} or later`,
    found: `version ${version}`,
  });
}

/** @throws {LockMismatchError} another digest, or a tag that is not locked */
export function verifyLockedTarget(gun: Gun, { tags }: LockedCollection, target: FoundTarget): void {
  const expected = tags.get(target.name) ?? 'no such tag';
  const found = digestTextOf(target);
  if (expected !== found) throw new LockMismatchError(`${gun}:${target.name}`, { expected, found });
}

/**
 * Holds what a pull would take to the lock: for one tag, or for all that are locked.
 * @throws {LockMismatchError} one is another, or not signed any more
 */
export function verifyLockedTags(
  gun: Gun,
  lock: LockedCollection,
  find: (tag: string) => FoundTarget | undefined,
  asked?: string,
): void {
  for (const tag of asked === undefined ? lock.tags.keys() : [asked]) {
    const target = find(tag);
    if (target) verifyLockedTarget(gun, lock, target);
    else if (lock.tags.has(tag)) {
      throw new LockMismatchError(`${gun}:${tag}`, { expected: lock.tags.get(tag) ?? '', found: 'not signed' });
    }
  }
}

/** What is different now; nothing when the lock can be kept as it is. */
export function listLockDifferences(gun: Gun, locked: LockedCollection, now: LockedCollection): readonly string[] {
  const differences: string[] = [];
  const [before, after] = [[...locked.rootKeys].sort().join(', '), now.rootKeys.join(', ')];
  if (before !== after) differences.push(`the root key of ${gun} was ${before} and is ${after}`);
  for (const [role, version] of locked.versions) {
    const found = now.versions.get(role);
    if (found !== undefined && found < version) {
      differences.push(`${role} of ${gun} was at version ${version} and is at ${found}`);
    }
  }
  for (const tag of [...new Set([...locked.tags.keys(), ...now.tags.keys()])].sort()) {
    const [was, is] = [locked.tags.get(tag), now.tags.get(tag)];
    if (was !== is) differences.push(`${gun}:${tag} was ${was ?? 'not locked'} and is ${is ?? 'not signed'}`);
  }
  return differences;
}

function rootKeysOf(root: Root): readonly string[] {
  const canonical = [...rootRole(root, 'root').keys.values()].map(({ canonicalKeyid }) => canonicalKeyid as string);
  return [...new Set(canonical)].sort();
}

function digestTextOf({ file }: FoundTarget): string {
  const sha256 = file.hashes.get('sha256');
  return sha256 ? `sha256:${sha256.toString('hex')}` : 'no SHA-256';
}
