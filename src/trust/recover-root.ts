import { silentLog, TrustSandboxError } from '../core/index.ts';
import {
  defaultExpires,
  formatRoot,
  formatTargets,
  MAX_METADATA_BYTES,
  type PublicKey,
  ROOT,
  type RoleName,
  type Root,
  rootRole,
  SNAPSHOT,
  signMetadata,
  TARGETS,
  TIMESTAMP,
} from '../tuf/index.ts';
import type { TrustCollection } from './collection.ts';
import type { PublishContext } from './publish.ts';
import { keysHere } from './recover-repository.ts';
import { findSigners } from './signers.ts';
import { isNotFound } from './trust-server.ts';
import { updateCollection } from './update.ts';

/** The server still has the collection, under the root that nobody can sign for any more. */
export class CollectionNotResetError extends TrustSandboxError {
  readonly code = 'TRUST_NOT_RESET';
  readonly host: string;
  constructor(host: string, gun: string) {
    super(`${host} still has ${gun}, under the root whose key is lost`);
    this.host = host;
  }
}

/** A collection that was begun again. */
export interface RootRecovery {
  /** Id of the new root's certificate: what is pinned. */
  readonly certificateId: string;
  readonly rootKeyid: string;
  readonly targets: readonly string[];
  /** Delegations sent again as they were, signatures and all. */
  readonly delegations: readonly RoleName[];
  /** Targets' threshold could not be kept: so many of its keys are here. */
  readonly loweredThreshold: number | undefined;
}

/**
 * Looks at what would be recovered: what is published now, or, once the server has forgotten it, what was last verified
 * here. It is in the cache afterwards.
 * @throws as `updateCollection`
 */
export async function lastVerified(context: PublishContext): Promise<TrustCollection> {
  const rules = { ...context.rules, isFreshnessRequired: false }; // there is nothing fresher any more
  return updateCollection({ ...context, rules, log: silentLog, allowExpired: true });
}

/**
 * Begins a collection again, under a new root, with the targets and the delegations that were last verified here: for
 * those who have lost the root key. The server must have been made to forget it, since nobody can sign a root that follows
 * the old one; those who have the old one must forget it too. Versions go on, so that nothing looks older than it was.
 * @throws {CollectionNotResetError} and as `updateCollection` and the server
 */
export async function recoverRoot(context: PublishContext, keyid?: string): Promise<RootRecovery> {
  const { gun, keys, server, clock, cache } = context;
  if (await isThere(context)) throw new CollectionNotResetError(server.host, gun);
  const before = await lastVerified(context);
  const certificate = await keys.certify(keyid ?? (await keys.create({ role: ROOT })).keyid, { gun, clock });
  const old = rootRole(before.root, 'targets');
  const kept = await keysHere(old, keys);
  const targetsKeys = kept.length > 0 ? kept : [await keys.create({ role: TARGETS, gun })];
  const threshold = Math.min(old.threshold, targetsKeys.length);
  const role = (...listed: readonly PublicKey[]) => ({
    threshold: 1,
    keyids: listed.map(({ keyid: id }) => id),
    extra: {},
  });
  const snapshotKey = await server.getKey(gun, 'snapshot');
  const timestampKey = await server.getKey(gun, 'timestamp');
  const now = clock.now();
  const root: Root = {
    version: before.root.version + 1,
    expires: defaultExpires('root', now),
    keys: new Map([certificate, ...targetsKeys, snapshotKey, timestampKey].map((key) => [key.keyid, key])),
    roles: new Map([
      ['root', role(certificate)],
      ['targets', { ...role(...targetsKeys), threshold }],
      ['snapshot', role(snapshotKey)],
      ['timestamp', role(timestampKey)],
    ]),
    consistentSnapshot: false,
    extra: {},
  };
  const targets = before.targets.get(TARGETS);
  if (!targets) throw new TypeError('a verified collection has targets');
  const renewed = { ...targets, version: targets.version + 1, expires: defaultExpires('targets', now) };
  const { signers } = await findSigners(rootRole(root, 'targets'), keys);
  const files = new Map<RoleName, Buffer>([
    [ROOT, (await signMetadata(formatRoot(root), [await keys.signer(certificate)])).bytes],
    [TARGETS, (await signMetadata(formatTargets(renewed), signers)).bytes],
  ]);
  const delegations = [...before.targets].filter(([name]) => name !== TARGETS);
  for (const [name, { envelope }] of delegations) files.set(name, envelope.bytes);
  await server.publish(gun, files);
  for (const name of [SNAPSHOT, TIMESTAMP]) await cache.remove(name);
  await cache.put(ROOT, files.get(ROOT) ?? Buffer.alloc(0)); // in place of one that this does not follow
  return {
    certificateId: certificate.keyid,
    rootKeyid: certificate.canonicalKeyid,
    targets: [...targets.targets.keys()],
    delegations: delegations.map(([name]) => name),
    loweredThreshold: threshold < old.threshold ? threshold : undefined,
  };
}

async function isThere({ server, gun }: PublishContext): Promise<boolean> {
  try {
    await server.getMetadata(gun, ROOT, { maxBytes: MAX_METADATA_BYTES });
    return true;
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}
