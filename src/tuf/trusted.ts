import type { SignedCommon } from './common.ts';
import type { Envelope } from './envelope.ts';
import { ExpiredError, RollbackError } from './errors.ts';
import { findInstant } from './expiry.ts';
import type { GateSink } from './gate.ts';
import { SameVersionError } from './strict-errors.ts';
import type { VerificationRules } from './verification.ts';

declare const trustedBrand: unique symbol;
/** Metadata that passed every check, with the envelope it came in. Only the `accept…` functions make one. */
export type Trusted<T> = T & { readonly envelope: Envelope; readonly [trustedBrand]: true };

/** What is remembered of a file that was trusted before. */
export interface TrustedBefore {
  readonly version: number;
  /** Canonical form of what was signed. */
  readonly canonical: Uint8Array;
}

/** What an update fixes once, for all of its checks (TUF v1.0.34 §5.1). */
export interface Acceptance {
  readonly now: Date;
  /** Version of what was trusted before; lower ones are refused. 1 when there was nothing. */
  readonly minVersion?: number;
  /** The same with its content, which strictly must not differ under one version. */
  readonly before?: TrustedBefore | undefined;
  /** For metadata from a cache or a store, whose successor may yet be signed by its keys. */
  readonly allowExpired?: boolean;
  /** As Notary decides, when absent. */
  readonly rules?: VerificationRules;
  /** Is told of each check, passed or not. */
  readonly onGate?: GateSink | undefined;
}

/** The version below which nothing is taken. */
export function floorOf({ minVersion = 1, before }: Pick<Acceptance, 'minVersion' | 'before'>): number {
  return Math.max(minVersion, before?.version ?? 1);
}

/** @throws {RollbackError} */
export function verifyVersion(role: string, { version }: SignedCommon, acceptance: Acceptance): void {
  const floor = floorOf(acceptance);
  if (version < floor) throw new RollbackError(role, version, floor);
}

/** Signatures may differ: more signers may sign the same. @throws {SameVersionError} */
export function verifySameVersion(
  role: string,
  { version }: SignedCommon,
  offered: Envelope,
  before: TrustedBefore,
): void {
  const isSame = version !== before.version || offered.canonical.equals(before.canonical);
  if (!isSame) throw new SameVersionError(role, version);
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
