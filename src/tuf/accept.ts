import type { Envelope } from './envelope.ts';
import { verifyFileMeta } from './file-meta.ts';
import { gatesOf } from './gate.ts';
import { type GateSections, metadataGates } from './metadata-gates.ts';
import type { Role } from './role.ts';
import type { RoleName } from './role-name.ts';
import { TARGETS } from './role-name.ts';
import { type Root, rootRole } from './root.ts';
import { parseSnapshot, parseTimestamp, type Snapshot, type Timestamp } from './snapshot.ts';
import { parseTargets, type Targets } from './targets.ts';
import { type Acceptance, type Trusted, trust } from './trusted.ts';

const TIMESTAMP_SECTIONS: GateSections = { hash: '', signatures: '§5.4.2', version: '§5.4.3.1', date: '§5.4.4' };
const SNAPSHOT_SECTIONS: GateSections = { hash: '§5.5.2', signatures: '§5.5.3', version: '§5.5.5', date: '§5.5.6' };
const TARGETS_SECTIONS: GateSections = { hash: '§5.6.2', signatures: '§5.6.3', version: '§5.6.4', date: '§5.6.5' };

/**
 * Decides which timestamp to trust next (TUF v1.0.34 §5.4). Notary's has no snapshot version for §5.4.3.2.
 * @throws {TufError} in this order: threshold, structure, rollback, expiry
 */
export function acceptTimestamp(root: Trusted<Root>, offered: Envelope, acceptance: Acceptance): Trusted<Timestamp> {
  const gates = metadataGates('timestamp', offered, acceptance, TIMESTAMP_SECTIONS);
  gates.signed(rootRole(root, 'timestamp'));
  const timestamp = gates.parsed(() => parseTimestamp(offered.signed));
  gates.notOlder(timestamp);
  gates.notExpired(timestamp);
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
  const gates = metadataGates('snapshot', offered, acceptance, SNAPSHOT_SECTIONS);
  if (timestamp) gates.promised(timestamp.meta.get('snapshot'));
  gates.signed(rootRole(root, 'snapshot'));
  const snapshot = gates.parsed(() => parseSnapshot(offered.signed));
  gates.notOlder(snapshot); // for the snapshot itself: it has no versions of others
  gates.notExpired(snapshot);
  const promised = snapshot.meta.get('root');
  gatesOf('snapshot', acceptance.onGate)(
    'root promised',
    '', // Notary's own: TUF 1.0 leaves root out
    () => verifyFileMeta('root', root.envelope.bytes, promised, acceptance.rules),
    () => ({ expected: `root version ${root.version}`, found: 'the same' }),
  );
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
  const gates = metadataGates(TARGETS, offered, acceptance, TARGETS_SECTIONS);
  if (snapshot) gates.promised(snapshot.meta.get(TARGETS));
  gates.signed(rootRole(root, 'targets'));
  const targets = gates.parsed(() => parseTargets(TARGETS, offered.signed));
  gates.notOlder(targets);
  gates.notExpired(targets);
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
  const gates = metadataGates(role.name, offered, acceptance, TARGETS_SECTIONS);
  if (snapshot) gates.promised(snapshot.meta.get(role.name));
  const targets = gates.parsed(() => parseTargets(role.name, offered.signed));
  gates.notOlder(targets);
  gates.signed(role);
  gates.notExpired(targets);
  return trust(targets, offered);
}
