import type { Clock, Log } from '../../core/index.ts';
import { TokenController } from '../../http/index.ts';
import { accessAuthorizer } from '../http/access-authorizer.ts';
import type { ServerPolicy } from '../http/server-options.ts';
import type { ServerConfig } from './server-config.ts';

/** What of a configuration a running server can be given anew. @throws {CredentialFileError} a file of keys cannot be read */
export function openPolicy(
  { cacheAges, gunPrefixes, auth }: ServerConfig,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
): ServerPolicy {
  const policy = { cacheAges, gunPrefixes };
  return auth ? { ...policy, authorize: accessAuthorizer(new TokenController({ ...auth, log, clock })) } : policy;
}
