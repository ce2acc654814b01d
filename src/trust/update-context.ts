import { errorMessage, type Log } from '../core/index.ts';
import type { Acceptance, Gun, OpenPin, RoleName, VerificationRules } from '../tuf/index.ts';
import type { LockedCollection } from './lock.ts';
import type { TraceSink } from './trace.ts';
import type { MetadataCache } from './trust-directory.ts';
import type { TrustServer } from './trust-server.ts';

/** What an update works with. `now` is fixed for all of it (TUF v1.0.34 §5.1). */
export interface UpdateContext {
  readonly gun: Gun;
  readonly cache: MetadataCache;
  readonly server: TrustServer;
  readonly now: Date;
  readonly log: Log;
  /** Takes metadata past its date, and roots whose certificates are: for those who are about to renew it. */
  readonly allowExpired?: boolean;
  /** What is pinned for the GUN. */
  readonly pin: OpenPin;
  readonly rules: VerificationRules;
  readonly trace?: TraceSink | undefined;
  /** What the lockfile in use says of the GUN. */
  readonly lock?: LockedCollection | undefined;
}

/** What every check of an update shares. */
export function acceptanceOf({
  now,
  rules,
  trace,
  allowExpired = false,
}: UpdateContext): Pick<Acceptance, 'now' | 'rules' | 'onGate' | 'allowExpired'> {
  const onGate =
    trace && ((report: Parameters<NonNullable<Acceptance['onGate']>>[0]) => trace({ kind: 'gate', ...report }));
  return { now, rules, onGate, allowExpired };
}

/** Keeps what was just accepted. A cache that cannot be written, on a read-only disk, stops nobody from reading. */
export async function keepInCache({ cache, log }: UpdateContext, role: RoleName, bytes: Uint8Array): Promise<void> {
  try {
    await cache.put(role, bytes);
  } catch (thrown) {
    log.debug('cannot write to the cache of trust data', { role, reason: errorMessage(thrown) });
  }
}
