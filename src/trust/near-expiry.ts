import { findInstant, type SignedCommon } from '../tuf/index.ts';
import type { TrustCollection } from './collection.ts';
import type { UpdateContext } from './update-context.ts';

const MONTHS = 6;

/** Whether metadata expires within six months of `now`, by the calendar. */
export function isNearExpiry({ expires }: Pick<SignedCommon, 'expires'>, now: Date): boolean {
  const limit = new Date(now);
  limit.setUTCMonth(limit.getUTCMonth() + MONTHS);
  const instant = findInstant(expires);
  return !instant || instant < limit;
}

/** Warns of what its signers should sign anew. The timestamp is the server's business. */
export function warnNearExpiry(
  { root, targets, snapshot }: Pick<TrustCollection, 'root' | 'targets' | 'snapshot'>,
  { now, log }: UpdateContext,
): void {
  const advice = 'is nearing expiry, you should re-sign the role metadata';
  if (isNearExpiry(root, now)) log.warn(`root ${advice}`);
  for (const [role, metadata] of targets) if (isNearExpiry(metadata, now)) log.warn(`${role} metadata ${advice}`);
  if (isNearExpiry(snapshot, now)) log.warn(`snapshot ${advice}`);
}
