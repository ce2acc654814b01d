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
  constructor(found: number, needed: number, missing: readonly string[]) {
    const candidates = missing.length > 0 ? ` (${missing.join(', ')})` : '';
    super(
      found === 0
        ? `signing keys not available: need ${needed} keys from ${missing.length} possible keys${candidates}`
        : `not enough signing keys: found ${found} of ${needed} needed keys - ${missing.length} other possible keys${candidates}`,
    );
    this.found = found;
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

/** More root versions lie between the cached root and the server's than anybody would make in good faith. */
export class TooManyRootsError extends TrustSandboxError {
  readonly code = 'TRUST_TOO_MANY_ROOTS';
  constructor(from: number, to: number) {
    super(`refusing to walk from root version ${from} to version ${to}`);
  }
}
