import { TrustSandboxError } from '../core/index.ts';

/** A file shorter or longer than the metadata above it promised, though its hashes fit (TUF v1.0.34 §5.5.2, §5.6.2). */
export class LengthMismatchError extends TrustSandboxError {
  readonly code = 'TUF_LENGTH_MISMATCH';
  readonly subject: string;
  readonly expected: number;
  readonly found: number;
  constructor(subject: string, expected: number, found: number) {
    super(`length of ${subject} did not match: expected ${expected} bytes, found ${found}`);
    this.subject = subject;
    this.expected = expected;
    this.found = found;
  }
}

/** Another content under a version that was trusted before: somebody tells different people different things. */
export class SameVersionError extends TrustSandboxError {
  readonly code = 'TUF_SAME_VERSION';
  readonly role: string;
  readonly version: number;
  constructor(role: string, version: number) {
    super(`version ${version} of ${role} is not the version ${version} that was trusted before`);
    this.role = role;
    this.version = version;
  }
}

/** The snapshot no longer lists a delegation that it listed, and that is still delegated to (TUF v1.0.34 §5.5.5). */
export class SuppressedError extends TrustSandboxError {
  readonly code = 'TUF_SUPPRESSED';
  readonly role: string;
  readonly version: number;
  constructor(role: string, version: number) {
    super(`snapshot lists no ${role}, of which version ${version} was trusted before`);
    this.role = role;
    this.version = version;
  }
}

/** Metadata beyond the size that its role's may have. Sizes in bytes; `found` may be what was only announced. */
export class MetadataTooLargeError extends TrustSandboxError {
  readonly code = 'TUF_TOO_LARGE';
  readonly role: string;
  readonly limit: number;
  readonly found: number;
  constructor(role: string, found: number, limit: number) {
    super(`${role} has ${found} bytes, more than the ${limit} allowed`);
    this.role = role;
    this.limit = limit;
    this.found = found;
  }
}
