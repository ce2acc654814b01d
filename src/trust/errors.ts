import { TrustSandboxError } from '../core/index.ts';

/** Neither the trust server nor the cache has a root for the GUN. */
export class RepositoryNotFoundError extends TrustSandboxError {
  readonly code = 'TRUST_NOT_FOUND';
  constructor(host: string, gun: string, options?: ErrorOptions) {
    super(`${host} does not have trust data for ${gun}`, options);
  }
}

/** No role that counts has signed a target of this name. */
export class TargetNotFoundError extends TrustSandboxError {
  readonly code = 'TRUST_TARGET_NOT_FOUND';
  readonly target: string;
  constructor(target: string) {
    super(`No valid trust data for ${target}`);
    this.target = target;
  }
}

/** None of a role's private keys can be opened here. `keyids` are canonical. */
export class NoSigningKeysError extends TrustSandboxError {
  readonly code = 'TRUST_NO_SIGNING_KEYS';
  readonly keyids: readonly string[];
  constructor(keyids: readonly string[]) {
    super(`could not find necessary signing keys, at least one of these keys must be available: ${keyids.join(', ')}`);
    this.keyids = keyids;
  }
}

/** Fewer private keys are here than the role's threshold asks for. */
export class InsufficientSignaturesError extends TrustSandboxError {
  readonly code = 'TRUST_INSUFFICIENT_SIGNATURES';
  readonly found: number;
  /** Canonical keyids of the others that would count. */
  readonly missing: readonly string[];
  constructor(found: number, needed: number, missing: readonly string[]) {
    const candidates = missing.length > 0 ? ` (${missing.join(', ')})` : '';
    super(
      found === 0
        ? `signing keys not available: need ${needed} keys from ${missing.length} possible keys${candidates}`
        : `not enough signing keys: found ${found} of ${needed} needed keys - ${missing.length} other possible keys${candidates}`,
    );
    this.found = found;
    this.missing = missing;
  }
}

/** The repository has delegations, and none of them that may sign this target has a key here. */
export class NoSignableRolesError extends TrustSandboxError {
  readonly code = 'TRUST_NO_SIGNABLE_ROLES';
  constructor() {
    super('no valid signing keys for delegation roles');
  }
}

/** The paths of a delegation do not admit the target. */
export class TargetNotAdmittedError extends TrustSandboxError {
  readonly code = 'TRUST_TARGET_NOT_ADMITTED';
  constructor() {
    super('Could not add all targets');
  }
}

/** A server that takes longer over an update than verification allows. Times in milliseconds. */
export class TooSlowError extends TrustSandboxError {
  readonly code = 'TRUST_TOO_SLOW';
  constructor(file: string, limitMs: number, options?: ErrorOptions) {
    super(`the trust server took too long: ${file} was not there ${limitMs / 1000} s after the update began`, options);
  }
}

/** The server gives a root and not the one before it, so that nobody can tell whether one follows from the other. */
export class RootGapError extends TrustSandboxError {
  readonly code = 'TRUST_ROOT_GAP';
  readonly version: number;
  constructor(gun: string, version: number, newest: number, options?: ErrorOptions) {
    super(`the trust server gives root version ${newest} of ${gun} and no version ${version}`, options);
    this.version = version;
  }
}

/** More delegations than verification follows. */
export class TooManyDelegationsError extends TrustSandboxError {
  readonly code = 'TRUST_TOO_MANY_DELEGATIONS';
  constructor(gun: string, limit: number) {
    super(`${gun} has more than ${limit} delegations`);
  }
}

/** A role that would be asked before others could not be verified: what those others say may be out of date. */
export class RoleUnverifiedError extends TrustSandboxError {
  readonly code = 'TRUST_ROLE_UNVERIFIED';
  readonly role: string;
  constructor(target: string, role: string, cause: Error) {
    super(`No valid trust data for ${target}: ${role} has a say in it and is not to be trusted: ${cause.message}`, {
      cause,
    });
    this.role = role;
  }
}

/** More root versions lie between the cached root and the server's than anybody would make in good faith. */
export class TooManyRootsError extends TrustSandboxError {
  readonly code = 'TRUST_TOO_MANY_ROOTS';
  constructor(from: number, to: number) {
    super(`refusing to walk from root version ${from} to version ${to}`);
  }
}

/** The root that was trusted before is no root any more. Another one in its place would be trusted on first use once more. */
export class CachedRootError extends TrustSandboxError {
  readonly code = 'TRUST_CACHED_ROOT';
  readonly file: string;
  constructor(gun: string, file: string, cause: Error) {
    super(
      `the root of ${gun} that was trusted here before cannot be used, nor is another in its place: ${cause.message} (${file})`,
      { cause },
    );
    this.file = file;
  }
}
