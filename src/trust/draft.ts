import type { Log } from '../core/index.ts';
import type { DelegationRole, PublicKey, RoleName, Root, Snapshot, Targets, Trusted } from '../tuf/index.ts';
import { getTargetsRole, type TrustCollection } from './collection.ts';
import { NoSigningKeysError } from './errors.ts';
import { isKeyUnavailable } from './key-errors.ts';

/** Opens private keys. `KeyStore` is one. */
export interface SigningKeys {
  unlock(keyid: string): Promise<unknown>;
}

/**
 * Trust data being changed, before it is signed: what it was, and which roles differ from that. Versions and dates are
 * those of the last signed state; signing moves them on.
 */
export interface Draft {
  /** Trusted, or a first one, which its keys are yet to sign. */
  readonly root: Root & Pick<Trusted<Root>, 'envelope'>;
  /** Root with other keys, not signed yet. */
  newRoot: Root | undefined;
  /** Delegations that were found with too few signatures: signing them again makes them good. */
  readonly insufficient: ReadonlyMap<RoleName, Targets>;
  readonly snapshot: Snapshot | undefined;
  /** What `targets` was. */
  readonly published: ReadonlyMap<RoleName, Targets>;
  readonly targets: Map<RoleName, Targets>;
  /** Roles below and including `targets` that are to be signed anew. */
  readonly changed: Set<RoleName>;
  /** Delegations that are gone. */
  readonly removed: Set<RoleName>;
}

export function draftOf({
  root,
  snapshot,
  targets,
  insufficient = new Map(),
}: Pick<Draft, 'root'> &
  Pick<TrustCollection, 'targets'> & {
    readonly snapshot: Snapshot | undefined;
    readonly insufficient?: Draft['insufficient'];
  }): Draft {
  return {
    root,
    newRoot: undefined,
    snapshot,
    insufficient,
    published: targets,
    targets: new Map(targets),
    changed: new Set(),
    removed: new Set(),
  };
}

/** The root that will hold once the draft is published. */
export function nextRoot({ root, newRoot }: Pick<Draft, 'root' | 'newRoot'>): Root {
  return newRoot ?? root;
}

/** What an edit of a draft needs besides the draft. `expires` is for metadata that it has to begin. */
export interface DraftContext {
  readonly keys: SigningKeys;
  readonly expires: string;
  /** Warnings worded as Notary's client words them. */
  readonly log: Log;
}

export function replaceTargets(draft: Draft, name: RoleName, targets: Targets): void {
  draft.targets.set(name, targets);
  draft.changed.add(name);
}

/** @throws {RoleInvalidError} */
export function existingRole(draft: Draft, name: RoleName): DelegationRole {
  return getTargetsRole(nextRoot(draft), draft.targets, name);
}

/** Undefined when a key of the role can be opened; asks for its passphrase if need be. */
export async function whyCannotSign(role: DelegationRole, keys: SigningKeys): Promise<NoSigningKeysError | undefined> {
  const canonical: string[] = [];
  for (const key of role.keys.values()) {
    const keyids = [key.keyid, ...canonicalKeyids(key)];
    canonical.push(...canonicalKeyids(key));
    // Under both ids, also where they are one: a wrong passphrase gets as many tries as with Notary's client.
    for (const keyid of keyids) if (await canOpen(keys, keyid)) return undefined;
  }
  return new NoSigningKeysError(canonical);
}

/** A key that cannot be read has no canonical id, and nobody here can have its private part. */
function canonicalKeyids(key: PublicKey): readonly string[] {
  try {
    return [key.canonicalKeyid];
  } catch {
    return [];
  }
}

async function canOpen(keys: SigningKeys, keyid: string): Promise<boolean> {
  try {
    await keys.unlock(keyid);
    return true;
  } catch (thrown) {
    if (isKeyUnavailable(thrown)) return false;
    throw thrown;
  }
}
