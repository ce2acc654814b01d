import { TrustSandboxError } from '../core/index.ts';
import { formatGoDate } from './expiry.ts';
import type { LengthMismatchError, MetadataTooLargeError, SameVersionError, SuppressedError } from './strict-errors.ts';

/** Bytes that are no metadata at all: not JSON, or members of the wrong kind. */
export class MetadataMalformedError extends TrustSandboxError {
  readonly code = 'TUF_MALFORMED';
  /** Whose file it should have been, where that is known. */
  readonly role: string | undefined;
  constructor(message: string, { role, ...options }: ErrorOptions & { readonly role?: string | undefined } = {}) {
    super(message, options);
    this.role = role;
  }
}

/** Metadata that is well-formed and makes no sense: wrong type, version below 1, missing roles or keys. */
export class MetadataInvalidError extends TrustSandboxError {
  readonly code = 'TUF_INVALID';
  readonly role: string;
  constructor(role: string, reason: string) {
    super(`${role} type metadata invalid: ${reason}`);
    this.role = role;
  }
}

/** A role whose name is none, or that nothing delegates to. */
export class RoleInvalidError extends TrustSandboxError {
  readonly code = 'TUF_ROLE_INVALID';
  readonly role: string;
  constructor(role: string, reason?: string) {
    super(`tuf: invalid role ${role}.${reason === undefined ? '' : ` ${reason}`}`);
    this.role = role;
  }
}

/** Metadata that nobody signed. */
export class NoSignaturesError extends TrustSandboxError {
  readonly code = 'TUF_NO_SIGNATURES';
  constructor() {
    super('tuf: data has no signatures');
  }
}

/** A key listed under an id that is not its own. */
export class KeyidMismatchError extends TrustSandboxError {
  readonly code = 'TUF_KEYID_MISMATCH';
  readonly keyid: string;
  constructor(keyid: string) {
    super('key ID is not valid for key content');
    this.keyid = keyid;
  }
}

/** Fewer different keys signed than the role needs (TUF v1.0.34 §5.3.4, §5.4.2, §5.5.3, §5.6.3). */
export class ThresholdError extends TrustSandboxError {
  readonly code = 'TUF_THRESHOLD';
  readonly role: string;
  readonly threshold: number;
  readonly signers: number;
  constructor(role: string, threshold: number, signers: number) {
    super(`valid signatures did not meet threshold for ${role}`);
    this.role = role;
    this.threshold = threshold;
    this.signers = signers;
  }
}

/** The metadata on offer is older than what is already trusted (TUF v1.0.34 §5.3.5, §5.4.3, §5.5.5). */
export class RollbackError extends TrustSandboxError {
  readonly code = 'TUF_ROLLBACK';
  readonly role: string;
  readonly version: number;
  readonly trustedVersion: number;
  constructor(role: string, version: number, trustedVersion: number) {
    super(`version ${version} is lower than current version ${trustedVersion}`);
    this.role = role;
    this.version = version;
    this.trustedVersion = trustedVersion;
  }
}

/** Metadata past its date (TUF v1.0.34 §5.3.10, §5.4.4, §5.5.6, §5.6.5). */
export class ExpiredError extends TrustSandboxError {
  readonly code = 'TUF_EXPIRED';
  readonly role: string;
  readonly expires: string;
  constructor(role: string, expires: string) {
    super(`${role} expired at ${formatGoDate(expires)}`);
    this.role = role;
    this.expires = expires;
  }
}

/** Bytes that do not hash to what the metadata above them promised (TUF v1.0.34 §5.5.2, §5.6.2). */
export class ChecksumMismatchError extends TrustSandboxError {
  readonly code = 'TUF_CHECKSUM_MISMATCH';
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
  /** Hex. */
  constructor(subject: string, algorithm: string, { expected, found }: { expected: string; found: string }) {
    super(`${algorithm} checksum for ${subject} did not match: expected ${expected}`);
    this.subject = subject;
    this.expected = `${algorithm} ${expected}`;
    this.found = `${algorithm} ${found}`;
  }
}

/** The metadata above promises no hash that we can check. */
export class ChecksumMissingError extends TrustSandboxError {
  readonly code = 'TUF_CHECKSUM_MISSING';
  readonly subject: string;
  constructor(subject: string) {
    super(`no checksums for supported algorithms were provided for ${subject}`);
    this.subject = subject;
  }
}

/** A root that its own certificates, or those pinned for its GUN, do not vouch for. */
export class RootInvalidError extends TrustSandboxError {
  readonly code = 'TUF_ROOT_INVALID';
  constructor(reason: string, options?: ErrorOptions) {
    super(`could not validate the path to a trusted root: ${reason}`, options);
  }
}

/** A root whose certificates are not those that are pinned for its GUN. `found` are the ids of its certificates. */
export class TrustPinError extends TrustSandboxError {
  readonly code = 'TUF_PIN_MISMATCH';
  readonly gun: string;
  readonly found: readonly string[];
  constructor(gun: string, reason: string, found: readonly string[]) {
    const shown = found.length > 0 ? `; the root of ${gun} has ${found.join(', ')}` : '';
    super(`could not validate the path to a trusted root: ${reason}${shown}`);
    this.gun = gun;
    this.found = found;
  }
}

/** A root that the trusted root before it did not sign (TUF v1.0.34 §5.3.4). */
export class RootRotationError extends TrustSandboxError {
  readonly code = 'TUF_ROOT_ROTATION';
  constructor(reason: string, options?: ErrorOptions) {
    super(`could not rotate trust to a new trusted root: ${reason}`, options);
  }
}

/** A key that can be listed but not used: unknown kind, broken, or RSA below 2048 bits. */
export class KeyUnusableError extends TrustSandboxError {
  readonly code = 'TUF_KEY_UNUSABLE';
}

/** All that verification can throw, so that `switch (err.code)` narrows. */
export type TufError =
  | MetadataMalformedError
  | MetadataInvalidError
  | RoleInvalidError
  | NoSignaturesError
  | KeyidMismatchError
  | ThresholdError
  | RollbackError
  | ExpiredError
  | ChecksumMismatchError
  | ChecksumMissingError
  | RootInvalidError
  | TrustPinError
  | RootRotationError
  | KeyUnusableError
  | LengthMismatchError
  | SameVersionError
  | SuppressedError
  | MetadataTooLargeError;

const CODES: ReadonlySet<string> = new Set<TufError['code']>([
  'TUF_MALFORMED',
  'TUF_INVALID',
  'TUF_ROLE_INVALID',
  'TUF_NO_SIGNATURES',
  'TUF_KEYID_MISMATCH',
  'TUF_THRESHOLD',
  'TUF_ROLLBACK',
  'TUF_EXPIRED',
  'TUF_CHECKSUM_MISMATCH',
  'TUF_CHECKSUM_MISSING',
  'TUF_ROOT_INVALID',
  'TUF_PIN_MISMATCH',
  'TUF_ROOT_ROTATION',
  'TUF_KEY_UNUSABLE',
  'TUF_LENGTH_MISMATCH',
  'TUF_SAME_VERSION',
  'TUF_SUPPRESSED',
  'TUF_TOO_LARGE',
]);

export function isTufError(thrown: unknown): thrown is TufError {
  return thrown instanceof TrustSandboxError && CODES.has(thrown.code);
}
