import { TrustSandboxError } from '../core/index.ts';

/** A service is named that the sandbox does not have. */
export class ServiceUnknownError extends TrustSandboxError {
  readonly code = 'SANDBOX_SERVICE_UNKNOWN';
}

/** No loopback address was free for the services. */
export class AddressesTakenError extends TrustSandboxError {
  readonly code = 'SANDBOX_ADDRESSES_TAKEN';
}
