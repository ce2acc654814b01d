import {
  acceptSnapshot,
  type Gun,
  isExpired,
  isTufError,
  parseTimestamp,
  ROOT,
  type RoleName,
  TIMESTAMP,
} from '../../tuf/index.ts';
import { type CachedMetadata, earliestExpiry } from '../store/cached-metadata.ts';
import { envelopeOf } from '../store/known-envelope.ts';
import { type NewFile, type StoredFile, VersionConflictError } from '../store/metadata-store.ts';
import { WireError } from '../wire-error.ts';
import { signSnapshot, signTimestamp } from './sign.ts';
import type { UpdateContext } from './validate-update.ts';

/** A timestamp and the snapshot it points to. */
interface Pair {
  readonly timestamp: StoredFile;
  readonly snapshot: StoredFile;
}

/**
 * The pair to serve now (`docs/wire/notary-v1.md`, "Signing on read"): what has run out is signed again, and both are stored at
 * once. What the server has no key for is served as it is, so that the client can say what is wrong with it.
 */
export async function freshPair(gun: Gun, context: UpdateContext): Promise<Pair | undefined> {
  const { metadata, now } = context;
  const find = () => metadata.keepPair(gun, () => findPair(gun, metadata));
  const pair = await find();
  if (!pair || now.getTime() <= earliestExpiry([pair.timestamp, pair.snapshot])) return pair;
  const files = await signAgain(gun, pair, context);
  if (!files) return pair;
  try {
    await metadata.addFiles(gun, files, now, context.recordSigning);
  } catch (thrown) {
    if (!(thrown instanceof VersionConflictError)) throw thrown; // else another replica has done it meanwhile
  }
  return find();
}

async function findPair(gun: Gun, metadata: CachedMetadata): Promise<Pair | undefined> {
  const timestamp = await metadata.findCurrent(gun, TIMESTAMP);
  if (!timestamp) return undefined;
  const { meta } = parseTimestamp(envelopeOf(timestamp.bytes).signed);
  const snapshot = await metadata.findByHash(gun, meta.get('snapshot')?.hashes.get('sha256')?.toString('hex') ?? '');
  return snapshot && { timestamp, snapshot };
}

async function signAgain(gun: Gun, pair: Pair, context: UpdateContext): Promise<NewFile[] | undefined> {
  const { now, metadata } = context;
  const stored = await metadata.findCurrent(gun, ROOT);
  if (!stored) return undefined;
  try {
    const root = context.roots.get(gun, stored, now);
    if (isExpired(root.expires, now)) return undefined;
    const publication = { ...context, gun, root, tree: new Map<RoleName, never>() };
    const snapshot = now.getTime() > earliestExpiry([pair.snapshot]) ? await signSnapshot(publication) : undefined;
    if (!snapshot) acceptSnapshot(root, undefined, envelopeOf(pair.snapshot.bytes), { now });
    const timestamp = await signTimestamp(publication, snapshot?.bytes ?? pair.snapshot.bytes);
    return snapshot ? [snapshot, timestamp] : [timestamp];
  } catch (thrown) {
    if (isTufError(thrown) || thrown instanceof WireError) return undefined; // not ours to sign, or root has run out
    throw thrown;
  }
}
