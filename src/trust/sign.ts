import {
  defaultExpires,
  type Envelope,
  type FileMeta,
  fileMetaOf,
  formatRoot,
  formatSnapshot,
  formatTargets,
  type PublicKey,
  ROOT,
  type RoleName,
  rootRole,
  SNAPSHOT,
  signMetadata,
  TARGETS,
} from '../tuf/index.ts';
import { type Draft, existingRole, nextRoot } from './draft.ts';
import type { KeyStore } from './key-store.ts';
import { isNearExpiry } from './near-expiry.ts';
import { enoughSigners, findSigners, signAs } from './signers.ts';

export interface Signing {
  readonly keys: KeyStore;
  readonly now: Date;
  /** Nothing was published before: root and targets go out in any case. */
  readonly isFirst: boolean;
  /** Root keys of older versions: those that are here sign root too, for clients that know no newer one. */
  readonly olderRootKeys?: readonly PublicKey[];
  /** Root stays as it is though it runs out: its key is elsewhere. */
  readonly isRootLeft?: boolean;
}

/** Files of one publish, by role. */
export type SignedFiles = ReadonlyMap<RoleName, Buffer>;

/**
 * Signs what a draft has changed, each role with its next version and a new date: root if its keys changed or it expires
 * soon, targets and delegations, and snapshot if its key is here; else the server signs that.
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

async function signRoot(draft: Draft, signing: Signing): Promise<Buffer | undefined> {
  const { root, newRoot } = draft;
  const { now, isFirst, olderRootKeys = [], isRootLeft = false } = signing;
  const isDue = isNearExpiry(root, now) && !isRootLeft;
  if (newRoot || olderRootKeys.length > 0 || isDue) return (await signNewRoot(draft, signing)).bytes;
  return isFirst ? root.envelope.bytes : undefined;
}

/** By the keys of the root before it, as clients that know that one ask for, and by its own (TUF v1.0.34 §6.1). */
async function signNewRoot(draft: Draft, { keys, now, olderRootKeys = [] }: Signing): Promise<Envelope> {
  const next = nextRoot(draft);
  const renewed = { ...next, version: draft.root.version + 1, expires: defaultExpires('root', now) };
  const signers = [
    ...(await enoughSigners(rootRole(draft.root, 'root'), keys)),
    ...(await enoughSigners(rootRole(next, 'root'), keys)),
  ];
  const older = new Map(olderRootKeys.map((key) => [key.keyid as string, key]));
  signers.push(...(await findSigners({ name: ROOT, threshold: 0, keys: older }, keys)).signers);
  return signMetadata(formatRoot(renewed), [...new Map(signers.map((signer) => [signer.key.keyid, signer])).values()]);
}

/** Undefined when its key is not here: then the server signs one. @throws {InsufficientSignaturesError} */
export async function signSnapshot(
  draft: Draft,
  files: SignedFiles,
  { keys, now }: Signing,
): Promise<Buffer | undefined> {
  const role = rootRole(nextRoot(draft), 'snapshot');
  if ((await findSigners(role, keys)).signers.length === 0) return undefined;
  const snapshot = formatSnapshot({
    version: (draft.snapshot?.version ?? 0) + 1,
    expires: defaultExpires('snapshot', now),
    meta: snapshotMeta(draft, files),
    extra: draft.snapshot?.extra ?? {},
  });
  return (await signAs(role, snapshot, keys)).bytes;
}

function snapshotMeta(draft: Draft, files: SignedFiles): ReadonlyMap<string, FileMeta> {
  const meta = new Map(draft.snapshot?.meta ?? [[ROOT, fileMetaOf(draft.root.envelope.bytes)]]);
  for (const role of draft.removed) meta.delete(role);
  for (const [role, bytes] of files) meta.set(role, fileMetaOf(bytes));
  return meta;
}
