import {
  acceptSnapshot,
  type Gun,
  isDelegation,
  isTufError,
  ROOT,
  type RoleName,
  type Root,
  SNAPSHOT,
  TARGETS,
  type Trusted,
  verifyFileMeta,
} from '../../tuf/index.ts';
import type { OfferedFile, Upload } from '../http/upload.ts';
import type { ServerKeys } from '../keys/server-keys.ts';
import type { CachedMetadata } from '../store/cached-metadata.ts';
import type { InTransaction, NewFile } from '../store/metadata-store.ts';
import { invalidUpdate, type UpdateProblem } from '../wire-error.ts';
import { Collection } from './collection.ts';
import { type Publication, signSnapshot, signTimestamp } from './sign.ts';
import type { TrustedRoots } from './trusted-roots.ts';

/** What checking an update needs from outside. */
export interface UpdateContext {
  readonly metadata: CachedMetadata;
  readonly keys: ServerKeys;
  readonly roots: TrustedRoots;
  readonly now: Date;
  /** Goes with files that are signed again when they are read. */
  readonly recordSigning?: InTransaction | undefined;
}

/**
 * Checks an update as the original does and in its order (`docs/wire/notary-v1.md`, "Publishing"): root against the stored root,
 * targets from the top down, then the snapshot, uploaded or signed here; a timestamp is always signed here.
 * @returns the files to store, all of them or none
 * @throws {WireError} INVALID_UPDATE, with the reason in the words real clients show
 */
export async function validateUpdate(gun: Gun, upload: Upload, context: UpdateContext): Promise<readonly NewFile[]> {
  const collection = new Collection(gun, context);
  await collection.loadRoot();
  const root = validateRoot(collection, upload.get(ROOT));
  await validateTargets(collection, root, upload);
  const publication: Publication = { ...context, gun, root, tree: collection.tree };
  const offered = upload.get(SNAPSHOT);
  const snapshot = offered ? validateSnapshot(publication, offered) : await signSnapshot(publication);
  const timestamp = await signTimestamp(publication, snapshot.bytes);
  const uploaded = [...upload.values()].filter(({ role }) => role === ROOT || isTargets(role)).map(fileOf);
  return [...uploaded, snapshot, timestamp];
}

function validateRoot(collection: Collection, offered: OfferedFile | undefined): Trusted<Root> {
  const current = collection.root;
  if (!offered) {
    if (current) return current;
    throw invalidUpdate('ErrValidation', 'no pre-existing root and no root provided in update.');
  }
  const version = current?.version ?? 1; // so a first root may be version 1 or 2
  if (offered.version !== version && offered.version !== version + 1) {
    const problem = `Root modifications must increment the version. Current ${version}, new ${offered.version}`;
    throw invalidUpdate('ErrBadRoot', problem);
  }
  return blame('ErrBadRoot', () => collection.acceptRoot(offered.envelope));
}

/** Shallow roles first, so that whoever delegates is known before whom it delegates to. */
async function validateTargets(collection: Collection, root: Trusted<Root>, upload: Upload): Promise<void> {
  const offered = [...upload.values()].filter(({ role }) => isTargets(role));
  offered.sort((a, b) => depthOf(a.role) - depthOf(b.role) || (a.role < b.role ? -1 : 1));
  for (const { role, envelope } of offered) {
    await collection.loadAncestors(root, role);
    if (role !== TARGETS && !collection.tree.has(TARGETS))
      throw invalidUpdate('ErrBadTargets', 'targets must be loaded first');
    blame('ErrBadTargets', () => collection.acceptTargets(root, role, envelope));
  }
}

/** A snapshot that the client signed must promise the very bytes that were uploaded with it. */
function validateSnapshot({ root, tree, now }: Publication, { envelope, ...file }: OfferedFile): NewFile {
  blame('ErrBadSnapshot', () => {
    const snapshot = acceptSnapshot(root, undefined, envelope, { now });
    for (const [role, targets] of tree) verifyFileMeta(role, targets.envelope.bytes, snapshot.meta.get(role));
  });
  return fileOf({ envelope, ...file });
}

function isTargets(role: RoleName): boolean {
  return role === TARGETS || isDelegation(role);
}

function depthOf(role: RoleName): number {
  return role.split('/').length;
}

function fileOf({ role, version, envelope }: OfferedFile): NewFile {
  return { role, version, bytes: envelope.bytes };
}

function blame<T>(name: UpdateProblem, check: () => T): T {
  try {
    return check();
  } catch (thrown) {
    throw isTufError(thrown) ? invalidUpdate(name, thrown.message) : thrown;
  }
}
