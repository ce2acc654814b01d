import {
  type FileMeta,
  type Role,
  type RoleName,
  type Root,
  rootRole,
  type Targets,
  type Trusted,
} from '../tuf/index.ts';
import type { UpdateContext } from './update-context.ts';

/** What stays the same when an update is run again with another root, and what the first run found out. */
export interface UpdateRun extends UpdateContext {
  /** The root that earlier metadata was kept under. */
  readonly cachedRoot: Trusted<Root> | undefined;
  /** What a snapshot, otherwise in order, says root is. */
  promisedRoot: FileMeta | undefined;
  /** Delegations with too few signatures. */
  readonly insufficient: Map<RoleName, Targets>;
  /** Delegations that are left out, and why. */
  readonly unverified: Map<RoleName, Error>;
}

/**
 * Whose signature makes a version count against older ones: whoever signed when it was kept, or strictly whoever does now.
 * Nobody's where no root was trusted before.
 */
export function keptUnder(
  { cachedRoot, rules }: UpdateRun,
  root: Trusted<Root>,
  role: 'timestamp' | 'snapshot' | 'targets',
): Role | undefined {
  const kept = cachedRoot && rules.isRotationFreshStart ? root : cachedRoot;
  return kept && rootRole(kept, role);
}
