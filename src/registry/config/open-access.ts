import type { Clock, Log } from '../../core/index.ts';
import { type AccessController, HtpasswdController, TokenController } from '../../http/index.ts';
import type { AuthConfig } from './auth.ts';

/** The access controller of `auth`. @throws {CredentialFileError} a file of users or keys cannot be read */
export function openAccess(auth: AuthConfig, { log, clock }: { log: Log; clock: Clock }): AccessController {
  switch (auth.kind) {
    case 'htpasswd':
      return new HtpasswdController(auth);
    case 'token':
      return new TokenController({ ...auth, log, clock });
  }
}
