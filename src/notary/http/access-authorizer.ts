import { type AccessController, type Access as ResourceAccess, UnauthorizedError } from '../../http/index.ts';
import { WireError } from '../wire-error.ts';
import type { Access } from './routes.ts';
import type { NotaryServerOptions } from './server-options.ts';

/**
 * Lets an access controller decide, by the scopes that notary-server asks for: `repository:<GUN>:<actions>`, and
 * `registry:catalog:*` for what concerns no collection (`docs/wire/notary-v1.md`, "Authentication").
 */
export function accessAuthorizer(controller: AccessController): NonNullable<NotaryServerOptions['authorize']> {
  return async (access, _, headers) => {
    try {
      const { user } = await controller.authorize({ headers }, [resourceOf(access)]);
      return user === '' ? undefined : user;
    } catch (thrown) {
      if (!(thrown instanceof UnauthorizedError)) throw thrown;
      throw new WireError('UNAUTHORIZED', thrown.detail, { 'Www-Authenticate': thrown.challenge });
    }
  };
}

function resourceOf({ gun, actions }: Access): ResourceAccess {
  if (gun === undefined) return { type: 'registry', name: 'catalog', actions: ['*'] };
  return { type: 'repository', name: gun, actions };
}
