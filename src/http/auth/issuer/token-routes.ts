import type { IncomingMessage } from 'node:http';
import { errorMessage, type Log, silentLog } from '../../../core/index.ts';
import { createApp, type NodeApp } from '../../app.ts';
import { BodyTooLargeError, BodyTruncatedError, readBody } from '../../body.ts';
import { readBasicCredentials } from '../basic-credentials.ts';
import { formatChallenge } from '../challenge.ts';
import { formatScope, parseScope } from '../scope.ts';
import { formatKeySet } from './signing-key.ts';
import { CredentialsRefusedError, type IssuedToken, ServiceUnknownError, type TokenIssuer } from './token-issuer.ts';

/** Where tokens are had; all three do the same. The second and third are where distribution's `autoredirect` sends clients. */
export const TOKEN_PATHS = ['/token', '/auth/token', '/auth/token/'] as const;
export const KEY_SET_PATH = '/.well-known/jwks.json';

const MAX_FORM_BYTES = 64 * 1024;
const MAX_SCOPES = 100;

interface TokenReply {
  readonly status: 200 | 400 | 401 | 413;
  readonly body: object;
}

/** A request that is not in the protocol. */
class TokenRequestError extends Error {
  readonly error: string;
  constructor(error: string, message: string) {
    super(message);
    this.error = error;
  }
}

/**
 * The app of a token service: `GET` (distribution, "Token Authentication Specification") and `POST` ("OAuth2 Token
 * Authentication", RFC 6749 §4.3 and §6), its public key, and whether it is up.
 */
export function createTokenApp(issuer: TokenIssuer, { log = silentLog }: { readonly log?: Log } = {}): NodeApp {
  const app = createApp();
  const keySet = formatKeySet(issuer.options.key);
  app.get(KEY_SET_PATH, (c) => c.body(keySet, 200, { 'content-type': 'application/jwk-set+json' }));
  app.get('/health', (c) => c.json({}));
  for (const path of TOKEN_PATHS) {
    app.get(path, async (c) => {
      const { status, body } = await asReply(() => getToken(issuer, c.env.incoming, log), log);
      return c.json(body, status, headersOf(status, issuer));
    });
    app.post(path, async (c) => {
      const { status, body } = await asReply(() => postToken(issuer, c.env.incoming, log), log);
      return c.json(body, status, headersOf(status, issuer));
    });
  }
  return app;
}

async function getToken(issuer: TokenIssuer, incoming: IncomingMessage, log: Log): Promise<object> {
  const query = new URLSearchParams((incoming.url ?? '').split('?', 2)[1]);
  const credentials = readBasicCredentials(incoming);
  if (incoming.headers.authorization !== undefined && !credentials) {
    throw new CredentialsRefusedError('credentials are not Basic');
  }
  if (credentials) await issuer.logIn(credentials.user, credentials.password);
  const issued = await issueFor(issuer, credentials?.user, query, log);
  const isOffline = query.get('offline_token') === 'true';
  const refresh = credentials && isOffline ? { refresh_token: await issuer.issueRefresh(credentials.user) } : {};
  return { token: issued.token, ...tokenFields(issued), ...refresh };
}

async function postToken(issuer: TokenIssuer, incoming: IncomingMessage, log: Log): Promise<object> {
  const form = new URLSearchParams(String(await readBody(incoming, MAX_FORM_BYTES)));
  const [user, kept] = await userOf(issuer, form);
  const issued = await issueFor(issuer, user, form, log);
  const isOffline = form.get('access_type') === 'offline';
  const refresh = kept ?? (isOffline ? await issuer.issueRefresh(user) : undefined);
  return {
    ...tokenFields(issued),
    scope: formatScope(issued.access),
    token_type: 'Bearer',
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
  };
}

/** Who a form is from, and the refresh token it came with. */
async function userOf(
  issuer: TokenIssuer,
  form: URLSearchParams,
): Promise<[user: string, refresh: string | undefined]> {
  switch (form.get('grant_type')) {
    case 'password': {
      const user = form.get('username') ?? '';
      await issuer.logIn(user, form.get('password') ?? '');
      return [user, undefined];
    }
    case 'refresh_token': {
      const refresh = form.get('refresh_token') ?? '';
      return [await issuer.readRefresh(refresh), refresh];
    }
    default:
      throw new TokenRequestError('unsupported_grant_type', 'want grant_type password or refresh_token');
  }
}

async function issueFor(
  issuer: TokenIssuer,
  user: string | undefined,
  query: URLSearchParams,
  log: Log,
): Promise<IssuedToken> {
  const service = query.get('service') ?? '';
  const wanted = query.getAll('scope').flatMap(parseScope).slice(0, MAX_SCOPES);
  const issued = await issuer.issue(user, service, wanted);
  log.info('token issued', {
    user: user ?? '',
    service,
    wanted: formatScope(wanted),
    granted: formatScope(issued.access),
  });
  return issued;
}

function tokenFields({ token, issuedAt, expiresInSeconds }: IssuedToken): object {
  return { access_token: token, expires_in: expiresInSeconds, issued_at: issuedAt.toISOString() };
}

function headersOf(status: number, { options }: TokenIssuer): Record<string, string> {
  const challenge = { 'www-authenticate': formatChallenge('Basic', [['realm', options.issuer]]) };
  return { 'cache-control': 'no-store', ...(status === 401 ? challenge : {}) };
}

/** Errors in OAuth2's form (RFC 6749 §5.2) and, for docker, in the registry's. */
async function asReply(answer: () => Promise<object>, log: Log): Promise<TokenReply> {
  try {
    return { status: 200, body: await answer() };
  } catch (thrown) {
    const [status, error, code] = kindOf(thrown);
    const message = errorMessage(thrown);
    log.info('token refused', { error, why: message });
    return { status, body: { error, error_description: message, errors: [{ code, message }] } };
  }
}

function kindOf(thrown: unknown): [status: 400 | 401 | 413, error: string, code: string] {
  if (thrown instanceof CredentialsRefusedError) return [401, 'invalid_grant', 'UNAUTHORIZED'];
  if (thrown instanceof ServiceUnknownError) return [400, 'invalid_target', 'UNSUPPORTED'];
  if (thrown instanceof TokenRequestError) return [400, thrown.error, 'UNSUPPORTED'];
  if (thrown instanceof BodyTooLargeError) return [413, 'invalid_request', 'UNSUPPORTED'];
  if (thrown instanceof BodyTruncatedError) return [400, 'invalid_request', 'UNSUPPORTED'];
  throw thrown;
}
