import { parseChallenge } from './challenge.ts';
import type { RegistryCredentials, RegistryEndpoint } from './endpoint.ts';
import { RegistryProtocolError } from './errors.ts';
import { basicAuthorization, fetchToken } from './token.ts';
import { openTransport } from './transport.ts';

/**
 * The `Authorization` header that answers a `WWW-Authenticate` challenge (RFC 9110 §11) of a server that uses a registry's
 * token service, as Notary's does; undefined where it cannot be answered with these credentials. `endpoint` is that
 * server; its certificates vouch for the token service too.
 * @throws {RegistryTokenError | RegistryUnreachableError | RegistryProtocolError}
 */
export async function answerChallenge(
  endpoint: RegistryEndpoint,
  header: string,
  scope: string,
  credentials: RegistryCredentials | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const challenge = parseChallenge(header);
  if (challenge?.scheme === 'basic') {
    return credentials?.kind === 'password' ? basicAuthorization(credentials) : undefined;
  }
  if (challenge?.scheme !== 'bearer') return undefined;
  const realm = challenge.parameters.get('realm') ?? '';
  if (!URL.canParse(realm) || new URL(realm).protocol !== 'https:') {
    throw new RegistryProtocolError(`invalid token realm ${JSON.stringify(realm)}`); // a password would go there
  }
  const service = { realm: new URL(realm), service: challenge.parameters.get('service') ?? '' };
  await using transport = await openTransport(endpoint);
  return `Bearer ${await fetchToken(transport, service, scope, credentials, signal)}`;
}
