import type { JsonObject } from '../../core/index.ts';
import {
  defaultExpires,
  type Envelope,
  formatRoot,
  formatTargets,
  type Gun,
  type PublicKey,
  ROOT,
  type Role,
  type RoleName,
  rootRole,
  signMetadata,
} from '../../tuf/index.ts';
import { type Draft, existingRole, nextRoot } from '../draft.ts';
import type { KeyStore } from '../key-store.ts';
import { findSigners } from '../signers.ts';
import type { SigningRequest } from './signing-request.ts';

/** Opens no key, and says of each that it is there: who makes a request need not be one who signs. */
export const ANY_KEY = { unlock: async () => undefined };

/**
 * What a changed draft would publish, signed by the keys that are here and left to others for the rest. The snapshot is
 * not part of it: it names the files by their hashes, and so is signed when all signatures are there.
 */
export async function makeRequest(
  draft: Draft,
  { gun, keys, now }: { readonly gun: Gun; readonly keys: KeyStore; readonly now: Date },
): Promise<SigningRequest> {
  const files = new Map<RoleName, Envelope>();
  for (const [role, signed] of unsignedFiles(draft, now)) {
    files.set(role, await signHere(signed, requiredRoles(draft, role), keys));
  }
  return { gun, made: now.toISOString(), files, removed: [...draft.removed] };
}

function unsignedFiles(draft: Draft, now: Date): ReadonlyMap<RoleName, JsonObject> {
  const files = new Map<RoleName, JsonObject>();
  const { root, newRoot } = draft;
  if (newRoot) {
    files.set(ROOT, formatRoot({ ...newRoot, version: root.version + 1, expires: defaultExpires('root', now) }));
  }
  for (const name of draft.changed) {
    const targets = draft.targets.get(name);
    if (!targets) continue;
    const expires = defaultExpires('targets', now);
    files.set(name, formatTargets({ ...targets, version: targets.version + 1, expires }));
  }
  return files;
}

/** Each of these must have signed enough: root by the keys of the root before it too, if there is one (TUF v1.0.34 §6.1). */
export function requiredRoles(draft: Draft, name: RoleName, isFirst = false): readonly Role[] {
  if (name !== ROOT) return [existingRole(draft, name)];
  if (isFirst) return [rootRole(draft.root, 'root')];
  return [rootRole(draft.root, 'root'), rootRole(nextRoot(draft), 'root')];
}

/** Adds the signatures of all keys of the roles that are here to those there are. */
export async function signHere(
  signed: JsonObject,
  roles: readonly Role[],
  keys: KeyStore,
  kept: Envelope['signatures'] = [],
): Promise<Envelope> {
  const listed = new Map<string, PublicKey>(roles.flatMap((role) => [...role.keys]));
  const { signers } = await findSigners({ name: ROOT, threshold: 0, keys: listed }, keys);
  return signMetadata(signed, signers, kept);
}
