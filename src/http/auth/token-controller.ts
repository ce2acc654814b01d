import { type Log, silentLog } from '../../core/index.ts';
import {
  type Access,
  type AccessController,
  type CredentialedRequest,
  covers,
  type Grant,
  UnauthorizedError,
} from './access.ts';
import { readBearerToken } from './basic-credentials.ts';
import { formatChallenge } from './challenge.ts';
import { formatScope } from './scope.ts';
import { TokenInvalidError, TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts';

export interface TokenControllerOptions extends TokenVerifierOptions {
  /** URL of the token service, for clients. */
  readonly realm: string;
  /** The token service is on the host that the client asked for, at this path; `realm` is not used. */
  readonly autoRedirectPath?: string | undefined;
  readonly log?: Log;
}

/** Why a token that was given is not enough (RFC 6750 §3.1). */
type TokenProblem = 'invalid_token' | 'insufficient_scope';

/** Bearers of a token may do what it says (distribution, "Token Authentication Specification"). */
export class TokenController implements AccessController {
  readonly #options: TokenControllerOptions;
  readonly #verifier: TokenVerifier;
  readonly #log: Log;

  /** @throws {CredentialFileError} a file of keys cannot be read */
  constructor(options: TokenControllerOptions) {
    this.#options = options;
    this.#verifier = new TokenVerifier(options);
    this.#log = options.log ?? silentLog;
  }

  async authorize(request: CredentialedRequest, access: readonly Access[]): Promise<Grant> {
    const token = readBearerToken(request);
    if (token === undefined) throw new UnauthorizedError(this.#challenge(request, access), access);
    try {
      const claims = await this.#verifier.verify(token);
      if (covers(claims.access, access)) return { user: claims.subject };
    } catch (cause) {
      if (!(cause instanceof TokenInvalidError)) throw cause;
      this.#log.info('token refused', { why: cause.message });
      throw new UnauthorizedError(this.#challenge(request, access, 'invalid_token'), access, { cause });
    }
    throw new UnauthorizedError(this.#challenge(request, access, 'insufficient_scope'), access);
  }

  async reload(): Promise<void> {
    this.#verifier.reload();
  }

  #challenge(request: CredentialedRequest, access: readonly Access[], problem?: TokenProblem): string {
    const scope = formatScope(access);
    const parameters: (readonly [string, string])[] = [
      ['realm', this.#realm(request)],
      ['service', this.#options.service],
      ...(scope === '' ? [] : [['scope', scope] as const]),
      ...(problem === undefined ? [] : [['error', problem] as const]),
    ];
    return formatChallenge('Bearer', parameters);
  }

  /** As distribution: https, unless a proxy says otherwise. */
  #realm({ headers }: CredentialedRequest): string {
    const { autoRedirectPath, realm } = this.#options;
    const host = firstOf(headers['x-forwarded-host']) ?? headers.host;
    if (autoRedirectPath === undefined || host === undefined || !HOST.test(host)) return realm;
    const scheme = firstOf(headers['x-forwarded-proto']) === 'http' ? 'http' : 'https';
    return `${scheme}://${host}${autoRedirectPath}`;
  }
}

const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

function firstOf(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
}
