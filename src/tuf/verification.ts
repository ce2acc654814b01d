import { MAX_METADATA_BYTES } from './envelope.ts';
import { MetadataTooLargeError } from './strict-errors.ts';

/** `compat` decides as Notary's client does (docs/differences.md says where not); `strict` adds what TUF 1.0 asks for. */
export type VerificationMode = 'compat' | 'strict';

/** What a mode of verification asks for. Sizes in bytes, times in milliseconds. */
export interface VerificationRules {
  readonly mode: VerificationMode;
  /** A file is as long as was promised, and not shorter either (TUF v1.0.34 §5.5.2); so is a target (§5.7.3). */
  readonly isLengthExact: boolean;
  /** One version has one content; who signs two tells different people different things (§5.4.3). */
  readonly isContentFixed: boolean;
  /** What replaced keys signed no longer counts against older versions, so that who was sent far ahead recovers (§5.3.11). */
  readonly isRotationFreshStart: boolean;
  /** The roots after the trusted one are asked for before anything else, at each update (§5.3). */
  readonly isNewestRootFirst: boolean;
  /** A cached timestamp does not stand in for a server that gives none (§5.4.1). */
  readonly isFreshnessRequired: boolean;
  /** A delegation that was listed, and is still delegated to, stays listed (§5.5.5). */
  readonly isSuppressionRefused: boolean;
  /** A role that could not be verified may not be passed over for one that comes after it (§5.6.7). */
  readonly isFallThroughRefused: boolean;
  readonly limits: VerificationLimits;
}

export interface VerificationLimits {
  readonly rootBytes: number;
  readonly timestampBytes: number;
  readonly snapshotBytes: number;
  /** Of targets and of each delegation. */
  readonly targetsBytes: number;
  /** Root versions followed in one update (§5.3.2). */
  readonly rotations: number;
  /** Delegations visited in one update (§5.6.7). */
  readonly delegations: number;
  /** All of an update, however slowly the server answers. */
  readonly updateMs: number;
}

const MIB = 1024 * 1024;

export const COMPAT: VerificationRules = {
  mode: 'compat',
  isLengthExact: false,
  isContentFixed: false,
  isRotationFreshStart: false,
  isNewestRootFirst: false,
  isFreshnessRequired: false,
  isSuppressionRefused: false,
  isFallThroughRefused: false,
  limits: {
    rootBytes: MAX_METADATA_BYTES,
    timestampBytes: MIB,
    snapshotBytes: MAX_METADATA_BYTES,
    targetsBytes: MAX_METADATA_BYTES,
    rotations: 1024,
    delegations: Number.POSITIVE_INFINITY,
    updateMs: Number.POSITIVE_INFINITY,
  },
};

/** Sizes are those of tuf-js; delegations are more than its 32, since each signer of a repository is one. */
export const STRICT: VerificationRules = {
  mode: 'strict',
  isLengthExact: true,
  isContentFixed: true,
  isRotationFreshStart: true,
  isNewestRootFirst: true,
  isFreshnessRequired: true,
  isSuppressionRefused: true,
  isFallThroughRefused: true,
  limits: {
    rootBytes: 512_000,
    timestampBytes: 16_384,
    snapshotBytes: 2_000_000,
    targetsBytes: 5_000_000,
    rotations: 256,
    delegations: 512,
    updateMs: 120_000,
  },
};

export function isVerificationMode(text: string): text is VerificationMode {
  return text === 'compat' || text === 'strict';
}

export function verificationRules(mode: VerificationMode): VerificationRules {
  return mode === 'strict' ? STRICT : COMPAT;
}

/** How many bytes a role's file may have. */
export function maxBytesOf(role: string, { limits }: VerificationRules): number {
  if (role === 'root') return limits.rootBytes;
  if (role === 'timestamp') return limits.timestampBytes;
  return role === 'snapshot' ? limits.snapshotBytes : limits.targetsBytes;
}

/** Refuses what is promised to be larger than the role's file may be. @throws {MetadataTooLargeError} */
export function verifySize(role: string, bytes: number, rules: VerificationRules): void {
  const limit = maxBytesOf(role, rules);
  if (bytes > limit) throw new MetadataTooLargeError(role, bytes, limit);
}
