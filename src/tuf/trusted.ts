import type { SignedCommon } from './common.ts';
import type { Envelope } from './envelope.ts';
import { ExpiredError, RollbackError } from './errors.ts';
import { findInstant } from './expiry.ts';

declare const trustedBrand: unique symbol;
/** Metadata that passed every check, with the envelope it came in. Only the `accept…` functions make one. */
export type Trusted<T> = T & { readonly envelope: Envelope; readonly [trustedBrand]: true };

/** What an update fixes once, for all of its checks (TUF v1.0.34 §5.1). */
export interface Acceptance {
  readonly now: Date;
  /** Version of what was trusted before; lower ones are refused. 1 when there was nothing. */
  readonly minVersion?: number;
  /** For metadata from a cache or a store, whose successor may yet be signed by its keys. */
  readonly allowExpired?: boolean;
}

/** @throws {RollbackError} */
export function verifyVersion(role: string, { version }: SignedCommon, { minVersion = 1 }: Acceptance): void {
  if (version < minVersion) throw new RollbackError(role, version, minVersion);
}

/** Always the last check: metadata that fails another is never called merely old. @throws {ExpiredError} */
export function verifyExpiry(role: string, { expires }: SignedCommon, { now, allowExpired }: Acceptance): void {
  if (!allowExpired && isExpired(expires, now)) throw new ExpiredError(role, expires);
}

/** Whether `expires` (RFC 3339) lies before `now`. What is no date is expired. */
export function isExpired(expires: string, now: Date): boolean {
  const instant = findInstant(expires);
  return !instant || instant.getTime() < now.getTime();
}

/** For the `accept…` functions alone, after their last check. */
export function trust<T>(metadata: T, envelope: Envelope): Trusted<T> {
  return { ...metadata, envelope } as Trusted<T>;
}
