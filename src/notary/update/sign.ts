import {
  defaultExpires,
  type FileMeta,
  fileMetaOf,
  formatSnapshot,
  formatTimestamp,
  type Gun,
  parseSnapshot,
  parseTimestamp,
  type RoleName,
  type Root,
  rootRole,
  type Signer,
  SNAPSHOT,
  signMetadata,
  type Targets,
  TIMESTAMP,
  type Trusted,
} from '../../tuf/index.ts';
import type { ServerKeys, ServerRole } from '../keys/server-keys.ts';
import type { CachedMetadata } from '../store/cached-metadata.ts';
import { envelopeOf, rememberEnvelope } from '../store/known-envelope.ts';
import type { NewFile } from '../store/metadata-store.ts';
import { invalidUpdate } from '../wire-error.ts';

/** What the server is about to sign for. */
export interface Publication {
  readonly gun: Gun;
  readonly root: Trusted<Root>;
  /** Targets and delegations that are new, or known to be current. Others keep the entry they have. */
  readonly tree: ReadonlyMap<RoleName, Trusted<Targets>>;
  readonly metadata: CachedMetadata;
  readonly keys: ServerKeys;
  readonly now: Date;
}

/**
 * Signs the snapshot after the stored one, over the bytes as they are stored. The original hashes its own serialisation
 * instead, which for metadata that it would write differently promises a file nobody can fetch.
 * @throws {WireError} INVALID_UPDATE: no snapshot before and no targets now, or not the server's key
 */
export async function signSnapshot({ gun, root, tree, metadata, keys, now }: Publication): Promise<NewFile> {
  const stored = await metadata.findCurrent(gun, SNAPSHOT);
  const previous = stored && parseSnapshot(envelopeOf(stored.bytes).signed);
  if (!previous && !tree.has('targets' as RoleName))
    throw invalidUpdate('ErrValidation', 'targets must be loaded first');
  const meta = new Map<string, FileMeta>(previous?.meta);
  meta.set('root', fileMetaOf(root.envelope.bytes));
  for (const [role, targets] of tree) meta.set(role, fileMetaOf(targets.envelope.bytes));
  const signers = await findSigners(root, 'snapshot', gun, keys);
  if (!signers) {
    const problem = 'no snapshot was included in update and server does not hold current snapshot key for repository';
    throw invalidUpdate('ErrBadHierarchy', problem, 'snapshot');
  }
  const version = (previous?.version ?? 0) + 1;
  const snapshot = { version, expires: defaultExpires('snapshot', now), meta, extra: previous?.extra ?? {} };
  const envelope = await signMetadata(formatSnapshot(snapshot), signers);
  rememberEnvelope(envelope);
  return { role: SNAPSHOT, version, bytes: envelope.bytes };
}

/**
 * Signs the timestamp after the stored one, over a snapshot's bytes.
 * @throws {WireError} INVALID_UPDATE: root lists a timestamp key that is not the server's
 */
export async function signTimestamp(
  { gun, root, metadata, keys, now }: Omit<Publication, 'tree'>,
  snapshot: Buffer,
): Promise<NewFile> {
  const stored = await metadata.findCurrent(gun, TIMESTAMP);
  const previous = stored && parseTimestamp(envelopeOf(stored.bytes).signed);
  const signers = await findSigners(root, 'timestamp', gun, keys);
  if (!signers) throw invalidUpdate('ErrBadRoot', 'no  timestamp keys exist on the server'); // two spaces, as the original
  const version = (previous?.version ?? 0) + 1;
  const meta = new Map([['snapshot', fileMetaOf(snapshot)]]);
  const timestamp = { version, expires: defaultExpires('timestamp', now), meta, extra: previous?.extra ?? {} };
  const envelope = await signMetadata(formatTimestamp(timestamp), signers);
  rememberEnvelope(envelope);
  return { role: TIMESTAMP, version, bytes: envelope.bytes };
}

/** The server's keys among those root lists for the role; `undefined` when they are too few. */
async function findSigners(root: Root, role: ServerRole, gun: Gun, keys: ServerKeys): Promise<Signer[] | undefined> {
  const listed = rootRole(root, role);
  const found: Signer[] = [];
  for (const keyid of listed.keys.keys()) {
    const signer = await keys.findSigner(gun, role, keyid);
    if (signer) found.push(signer);
  }
  return found.length > 0 && found.length >= listed.threshold ? found : undefined;
}
