import type { Envelope } from './envelope.ts';
import { verifyFileMeta } from './file-meta.ts';
import type { Role } from './role.ts';
import type { RoleName } from './role-name.ts';
import { TARGETS } from './role-name.ts';
import { type Root, rootRole } from './root.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from './snapshot.ts';
import { parseTargets, type Targets } from './targets.ts';
import { verifyThreshold } from './threshold.ts';
import { type Acceptance, type Trusted, trust, verifyExpiry, verifyVersion } from './trusted.ts';

/**
 * Decides which timestamp to trust next (TUF v1.0.34 §5.4).
 * @throws {TufError} in this order: threshold, structure, rollback, expiry
 */
export function acceptTimestamp(root: Trusted<Root>, offered: Envelope, acceptance: Acceptance): Trusted<Timestamp> {
  verifyThreshold(rootRole(root, 'timestamp'), offered); // §5.4.2
  const timestamp = parseTimestamp(offered.signed);
  verifyVersion('timestamp', timestamp, acceptance); // §5.4.3.1; Notary's has no snapshot version for §5.4.3.2
  verifyExpiry('timestamp', timestamp, acceptance); // §5.4.4
  return trust(timestamp, offered);
}

/**
 * Decides which snapshot to trust next (TUF v1.0.34 §5.5): the one `timestamp` promises, and one that promises `root`.
 * Without a timestamp, as when a server is sent a snapshot, nothing promises it.
 * @throws {TufError} in this order: hash, threshold, structure, rollback, expiry, hash of root
 */
export function acceptSnapshot(
  root: Trusted<Root>,
  timestamp: Trusted<Timestamp> | undefined,
  offered: Envelope,
  acceptance: Acceptance,
): Trusted<Snapshot> {
  if (timestamp) verifyFileMeta('snapshot', offered.bytes, timestamp.meta.get('snapshot')); // §5.5.2
  verifyThreshold(rootRole(root, 'snapshot'), offered); // §5.5.3
  const snapshot = parseSnapshot(offered.signed);
  verifyVersion('snapshot', snapshot, acceptance); // §5.5.5, for the snapshot itself: it has no versions of others
  verifyExpiry('snapshot', snapshot, acceptance); // §5.5.6
  verifyFileMeta('root', root.envelope.bytes, snapshot.meta.get('root')); // Notary's own: TUF 1.0 leaves root out
  return trust(snapshot, offered);
}

/**
 * Decides which targets to trust next (TUF v1.0.34 §5.6). Without a snapshot, as when a server is sent targets, nothing
 * promises them.
 * @throws {TufError} in this order: hash, threshold, structure, rollback, expiry
 */
export function acceptTargets(
  root: Trusted<Root>,
  snapshot: Trusted<Snapshot> | undefined,
  offered: Envelope,
  acceptance: Acceptance,
): Trusted<Targets> {
  if (snapshot) verifyFileMeta(TARGETS, offered.bytes, snapshot.meta.get(TARGETS)); // §5.6.2
  verifyThreshold(rootRole(root, 'targets'), offered); // §5.6.3
  const targets = parseTargets(TARGETS, offered.signed);
  verifyVersion(TARGETS, targets, acceptance); // §5.6.4
  verifyExpiry(TARGETS, targets, acceptance); // §5.6.5
  return trust(targets, offered);
}

/**
 * Decides whether to trust the metadata of a delegation (TUF v1.0.34 §5.6.7). `role` comes from `findDelegationRole`.
 * @throws {TufError} in this order: hash, structure, rollback, threshold, expiry
 */
export function acceptDelegation(
  role: Role & { readonly name: RoleName },
  snapshot: Trusted<Snapshot> | undefined,
  offered: Envelope,
  acceptance: Acceptance,
): Trusted<Targets> {
  if (snapshot) verifyFileMeta(role.name, offered.bytes, snapshot.meta.get(role.name)); // §5.6.2
  const targets = parseTargets(role.name, offered.signed);
  verifyVersion(role.name, targets, acceptance); // §5.6.4
  verifyThreshold(role, offered); // §5.6.3
  verifyExpiry(role.name, targets, acceptance); // §5.6.5
  return trust(targets, offered);
}
