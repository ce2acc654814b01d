import { type Log, TrustSandboxError } from '../../core/index.ts';
import { UnauthorizedError } from '../../http/index.ts';
import { isStorageFull } from '../../storage/index.ts';
import { RegistryError } from '../errors.ts';
import { jsonReply, type Reply } from './reply.ts';

const STORAGE_FULL = 'no space left in the storage of the registry';

/** Turns whatever a handler threw into the protocol's answer (distribution-spec v1.1, "Error Codes"). */
export function errorReply(error: unknown, log: Log, facts: Readonly<Record<string, unknown>>): Reply {
  const refusal = toRegistryError(error);
  const headers = error instanceof UnauthorizedError ? { 'WWW-Authenticate': error.challenge } : {};
  if (refusal.status >= 500) log.error('request failed', { ...facts, error: refusal.cause ?? error });
  return jsonReply(refusal.status, { errors: refusal.entries }, headers);
}

function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  if (error instanceof UnauthorizedError) return new RegistryError('UNAUTHORIZED', error.detail, { cause: error });
  if (isStorageFull(error)) {
    // docker shows a 5xx by its status alone: 507 says what is wrong where UNAVAILABLE's 503 would not.
    return new RegistryError('UNAVAILABLE', undefined, { cause: error, status: 507, message: STORAGE_FULL });
  }
  const code = error instanceof TrustSandboxError ? error.code : undefined;
  const options = { cause: error };
  switch (code) {
    case 'NAME_INVALID':
      return new RegistryError('NAME_INVALID', (error as Error).message, options);
    case 'TAG_INVALID':
      return new RegistryError('TAG_INVALID', (error as Error).message, options);
    case 'DIGEST_INVALID':
      return new RegistryError('DIGEST_INVALID', {}, options);
    case 'BODY_TOO_LARGE':
      return new RegistryError('SIZE_INVALID', (error as Error).message, { ...options, status: 413 });
    case 'BODY_TRUNCATED':
      return new RegistryError('SIZE_INVALID', (error as Error).message, options);
    case 'UPSTREAM_UNAVAILABLE':
      return new RegistryError('UNAVAILABLE', (error as Error).message, options);
    default:
      return new RegistryError('UNKNOWN', undefined, options);
  }
}
