import {
  defaultExpires,
  type Envelope,
  type FileMeta,
  fileMetaOf,
  formatRoot,
  formatSnapshot,
  formatTargets,
  ROOT,
  type Role,
  type RoleName,
  rootRole,
  type Signer,
  SNAPSHOT,
  signMetadata,
  TARGETS,
} from '../tuf/index.ts';
import type { Draft } from './draft.ts';
import { existingRole } from './draft.ts';
import { InsufficientSignaturesError } from './errors.ts';
import type { KeyStore } from './key-store.ts';
import { isNearExpiry } from './near-expiry.ts';

export interface Signing {
  readonly keys: KeyStore;
  readonly now: Date;
  /** Nothing was published before: root and targets go out in any case. */
  readonly isFirst: boolean;
}

/** Files of one publish, by role. */
export type SignedFiles = ReadonlyMap<RoleName, Buffer>;

/**
 * Signs what a draft has changed, each role with its next version and a new date: root if it expires soon, targets and
 * delegations, and snapshot if its key is here; else the server signs that.
 * @throws {InsufficientSignaturesError} and whatever opening a key throws
 */
export async function signDraft(draft: Draft, signing: Signing): Promise<SignedFiles> {
  const files = new Map<RoleName, Buffer>();
  const root = await signRoot(draft, signing);
  if (root) files.set(ROOT, root);
  for (const [name, targets] of draft.targets) {
    if (!draft.changed.has(name) && !(signing.isFirst && name === TARGETS)) continue;
    const renewed = { ...targets, version: targets.version + 1, expires: defaultExpires('targets', signing.now) };
    files.set(name, (await signAs(existingRole(draft, name), formatTargets(renewed), signing.keys)).bytes);
  }
  const snapshot = await signSnapshot(draft, files, signing);
  if (snapshot) files.set(SNAPSHOT, snapshot);
  return files;
}

async function signRoot({ root }: Draft, { keys, now, isFirst }: Signing): Promise<Buffer | undefined> {
  if (!isNearExpiry(root, now)) return isFirst ? root.envelope.bytes : undefined;
  const renewed = { ...root, version: root.version + 1, expires: defaultExpires('root', now) };
  return (await signAs(rootRole(root, 'root'), formatRoot(renewed), keys)).bytes;
}

async function signSnapshot(draft: Draft, files: SignedFiles, { keys, now }: Signing): Promise<Buffer | undefined> {
  const role = rootRole(draft.root, 'snapshot');
  const { signers, missing } = await findSigners(role, keys);
  if (signers.length === 0) return undefined;
  if (signers.length < role.threshold) throw new InsufficientSignaturesError(signers.length, role.threshold, missing);
  const snapshot = formatSnapshot({
    version: (draft.snapshot?.version ?? 0) + 1,
    expires: defaultExpires('snapshot', now),
    meta: snapshotMeta(draft, files),
    extra: draft.snapshot?.extra ?? {},
  });
  return (await signMetadata(snapshot, signers)).bytes;
}

function snapshotMeta(draft: Draft, files: SignedFiles): ReadonlyMap<string, FileMeta> {
  const meta = new Map(draft.snapshot?.meta ?? [[ROOT, fileMetaOf(draft.root.envelope.bytes)]]);
  for (const role of draft.removed) meta.delete(role);
  for (const [role, bytes] of files) meta.set(role, fileMetaOf(bytes));
  return meta;
}

/**
 * Signs with every key of the role that is here.
 * @throws {InsufficientSignaturesError} they are fewer than the threshold
 */
export async function signAs(
  role: Role,
  signed: Parameters<typeof signMetadata>[0],
  keys: KeyStore,
): Promise<Envelope> {
  const { signers, missing } = await findSigners(role, keys);
  if (signers.length < role.threshold) throw new InsufficientSignaturesError(signers.length, role.threshold, missing);
  return signMetadata(signed, signers);
}

/** The role's keys whose private part is here, opened; and the canonical ids of the others. */
async function findSigners(
  role: Role,
  keys: KeyStore,
): Promise<{ readonly signers: readonly Signer[]; readonly missing: readonly string[] }> {
  const signers: Signer[] = [];
  const missing: string[] = [];
  for (const key of role.keys.values()) {
    if (await keys.find(key.canonicalKeyid)) signers.push(await keys.signer(key));
    else missing.push(key.canonicalKeyid);
  }
  return { signers, missing };
}
