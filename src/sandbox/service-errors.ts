import { TrustSandboxError } from '../core/index.ts';

/** A service is named that the sandbox does not have. */
export class ServiceUnknownError extends TrustSandboxError {
  readonly code = 'SANDBOX_SERVICE_UNKNOWN';
}

/** No loopback address was free for the services. */
export class AddressesTakenError extends TrustSandboxError {
  readonly code = 'SANDBOX_ADDRESSES_TAKEN';
}

/** A service did not start; `cause` is why. The message names it. */
export class ServiceStartError extends TrustSandboxError {
  readonly code = 'SANDBOX_SERVICE_START';
}

/** Whether it is, in the end, that somebody else listens where a service was to. */
export function isAddressTaken(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.some(isAddressTaken);
  const { code, cause } = (thrown ?? {}) as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || (cause !== undefined && isAddressTaken(cause));
}
