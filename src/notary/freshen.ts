import {
  acceptSnapshot,
  findInstant,
  type Gun,
  isExpired,
  isTufError,
  parseEnvelope,
  parseSnapshot,
  parseTimestamp,
  ROOT,
  type RoleName,
  TIMESTAMP,
} from '../tuf/index.ts';
import { type MetadataStore, type NewFile, type StoredFile, VersionConflictError } from './metadata-store.ts';
import { signSnapshot, signTimestamp } from './sign.ts';
import type { UpdateContext } from './validate-update.ts';
import { WireError } from './wire-error.ts';

/** A timestamp and the snapshot it points to. */
export interface FreshPair {
  readonly timestamp: StoredFile;
  readonly snapshot: StoredFile;
  readonly isSnapshotDue: (now: Date) => boolean;
  /** When the first of them runs out, in milliseconds since 1970. */
  readonly freshUntil: number;
}

/** The current timestamp and its snapshot; `undefined` for a collection that has none. */
export async function findPair(gun: Gun, store: MetadataStore): Promise<FreshPair | undefined> {
  const timestamp = await store.findCurrent(gun, TIMESTAMP);
  if (!timestamp) return undefined;
  const { meta, expires } = parseTimestamp(parseEnvelope(timestamp.bytes).signed);
  const snapshot = await store.findByHash(gun, meta.get('snapshot')?.hashes.get('sha256')?.toString('hex') ?? '');
  if (!snapshot) return undefined;
  const snapshotExpires = parseSnapshot(parseEnvelope(snapshot.bytes).signed).expires;
  const dates = [expires, snapshotExpires].map((date) => findInstant(date)?.getTime() ?? 0);
  return {
    timestamp,
    snapshot,
    isSnapshotDue: (now) => isExpired(snapshotExpires, now),
    freshUntil: Math.min(...dates),
  };
}

/**
 * The pair to serve now (`docs/wire/notary-v1.md`, "Signing on read"): what has run out is signed again, and both are stored at
 * once. What the server has no key for is served as it is, so that the client can say what is wrong with it.
 */
export async function freshPair(gun: Gun, context: UpdateContext): Promise<FreshPair | undefined> {
  const pair = await findPair(gun, context.store);
  if (!pair || context.now.getTime() <= pair.freshUntil) return pair;
  const files = await signAgain(gun, pair, context);
  if (!files) return pair;
  try {
    await context.store.addFiles(gun, files, context.now);
  } catch (thrown) {
    if (!(thrown instanceof VersionConflictError)) throw thrown; // else another replica has done it meanwhile
  }
  return findPair(gun, context.store);
}

async function signAgain(gun: Gun, pair: FreshPair, context: UpdateContext): Promise<NewFile[] | undefined> {
  const { now, store } = context;
  const stored = await store.findCurrent(gun, ROOT);
  if (!stored) return undefined;
  try {
    const root = context.roots.get(gun, stored, now);
    if (isExpired(root.expires, now)) return undefined;
    const publication = { ...context, gun, root, tree: new Map<RoleName, never>() };
    const snapshot = pair.isSnapshotDue(now) ? await signSnapshot(publication) : undefined;
    if (!snapshot) acceptSnapshot(root, undefined, parseEnvelope(pair.snapshot.bytes), { now });
    const timestamp = await signTimestamp(publication, snapshot?.bytes ?? pair.snapshot.bytes);
    return snapshot ? [snapshot, timestamp] : [timestamp];
  } catch (thrown) {
    if (isTufError(thrown) || thrown instanceof WireError) return undefined; // not ours to sign, or root has run out
    throw thrown;
  }
}
