import { isJsonObject, parseJson } from '../../core/index.ts';
import type { RegistryCredentials } from './endpoint.ts';
import { RegistryProtocolError, RegistryTokenError } from './errors.ts';
import { readBounded } from './reply.ts';
import type { Transport, TransportRequest } from './transport.ts';

/** A token service, as a `Bearer` challenge names it (distribution, "Token Authentication Specification"). */
export interface TokenService {
  readonly realm: URL;
  readonly service: string;
}

const MAX_TOKEN_BYTES = 1024 * 1024;
const CLIENT_ID = 'trustsandbox';

/**
 * Asks for a bearer token for `scope`, for example `repository:test/trusttest:pull,push`; '' asks for a login only.
 * @throws {RegistryTokenError} refused
 * @throws {RegistryUnreachableError} no answer
 */
export async function fetchToken(
  transport: Transport,
  service: TokenService,
  scope: string,
  credentials: RegistryCredentials | undefined,
  signal?: AbortSignal,
): Promise<string> {
  const request =
    credentials?.kind === 'identity'
      ? refreshRequest(service, scope, credentials.identityToken)
      : passwordRequest(service, scope, credentials);
  const reply = await transport.send({ ...request, signal });
  const bytes = await readBounded(reply.body, MAX_TOKEN_BYTES);
  if (reply.status === 401 || reply.status === 403) {
    throw new RegistryTokenError(reply.status, 'unauthorized: incorrect username or password');
  }
  if (reply.status !== 200) {
    throw new RegistryTokenError(reply.status, `failed to authorize: token service answered ${reply.status}`);
  }
  const answer = parseJson(bytes, { maxBytes: MAX_TOKEN_BYTES });
  const token = isJsonObject(answer) ? (answer.token ?? answer.access_token) : undefined;
  if (typeof token !== 'string' || token === '') throw new RegistryProtocolError('token service gave no token');
  return token;
}

function passwordRequest(
  { realm, service }: TokenService,
  scope: string,
  credentials: RegistryCredentials | undefined,
): TransportRequest {
  const url = new URL(realm);
  if (service !== '') url.searchParams.set('service', service);
  for (const one of scope.split(' ')) if (one !== '') url.searchParams.append('scope', one);
  if (credentials?.kind !== 'password') return { method: 'GET', url };
  url.searchParams.set('account', credentials.username);
  return { method: 'GET', url, headers: { authorization: basicAuthorization(credentials) } };
}

function refreshRequest({ realm, service }: TokenService, scope: string, refreshToken: string): TransportRequest {
  const form = { grant_type: 'refresh_token', service, scope, client_id: CLIENT_ID, refresh_token: refreshToken };
  return {
    method: 'POST',
    url: realm,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  };
}

export function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
