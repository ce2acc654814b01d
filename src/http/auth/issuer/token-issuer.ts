import { createHash, createPublicKey, randomUUID, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock, TrustSandboxError } from '../../../core/index.ts';
import type { Access } from '../access.ts';
import type { Htpasswd } from '../htpasswd.ts';
import type { Grants } from './grants.ts';
import type { SigningKey } from './signing-key.ts';

/** Credentials that are wrong, or no longer good. */
export class CredentialsRefusedError extends TrustSandboxError {
  readonly code = 'CREDENTIALS_REFUSED';
}

/** A service for which this issuer has no tokens. */
export class ServiceUnknownError extends TrustSandboxError {
  readonly code = 'TOKEN_SERVICE_UNKNOWN';
}

export interface TokenIssuerOptions {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** Services that tokens may be for: `aud`. */
  readonly services: readonly string[];
  readonly users: Htpasswd;
  readonly grants: Grants;
  readonly key: SigningKey;
  /** How long a token is good, in seconds. */
  readonly tokenSeconds?: number;
  /** How long a refresh token is good, in seconds. */
  readonly refreshSeconds?: number;
  readonly clock?: Clock;
}

/** A token, and what it allows: what was asked for as far as it is granted. */
export interface IssuedToken {
  readonly token: string;
  readonly issuedAt: Date;
  readonly expiresInSeconds: number;
  readonly access: readonly Access[];
}

const DEFAULT_TOKEN_SECONDS = 300;
const DEFAULT_REFRESH_SECONDS = 90 * 86_400;
const REFRESH_TYPE = 'refresh+jwt';

/** Issues tokens to users of one file, by their grants (distribution, "Token Authentication Implementation"). */
export class TokenIssuer {
  readonly options: TokenIssuerOptions;
  readonly #clock: Clock;

  constructor(options: TokenIssuerOptions) {
    this.options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** @throws {CredentialsRefusedError} */
  async logIn(user: string, password: string): Promise<void> {
    const isRight = await this.options.users.check(user, password);
    if (!isRight) throw new CredentialsRefusedError('incorrect username or password');
  }

  /** For somebody without a name: `user` `undefined`. @throws {ServiceUnknownError} */
  async issue(user: string | undefined, service: string, wanted: readonly Access[]): Promise<IssuedToken> {
    const { issuer, services, grants, tokenSeconds = DEFAULT_TOKEN_SECONDS } = this.options;
    if (!services.includes(service)) throw new ServiceUnknownError(`no tokens for service ${JSON.stringify(service)}`);
    const access = grants.allowed(user, wanted);
    const issuedAt = this.#clock.now();
    const claims = { iss: issuer, sub: user ?? '', aud: service, jti: randomUUID(), access };
    const token = await this.#sign('JWT', claims, issuedAt, tokenSeconds);
    return { token, issuedAt, expiresInSeconds: tokenSeconds, access };
  }

  /**
   * A token that stands for the user's password until that changes, or the user is removed. Nothing is stored: it carries a
   * fingerprint of the line in the file of users.
   */
  async issueRefresh(user: string): Promise<string> {
    const { issuer, refreshSeconds = DEFAULT_REFRESH_SECONDS } = this.options;
    const claims = { iss: issuer, sub: user, aud: issuer, jti: randomUUID(), line: this.#lineOf(user) };
    return this.#sign(REFRESH_TYPE, claims, this.#clock.now(), refreshSeconds);
  }

  /** Whose refresh token this is. @throws {CredentialsRefusedError} */
  async readRefresh(token: string): Promise<string> {
    const { issuer, key } = this.options;
    const { jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, createPublicKey(key.privateKey), {
        issuer,
        audience: issuer,
        typ: REFRESH_TYPE,
        algorithms: [key.algorithm],
        currentDate: this.#clock.now(),
        requiredClaims: ['exp', 'sub'],
      });
      const { sub: user = '', line } = payload;
      if (typeof line === 'string' && isSame(line, this.#lineOf(user))) return user;
    } catch (cause) {
      throw new CredentialsRefusedError('refresh token is not valid', { cause });
    }
    throw new CredentialsRefusedError('refresh token is no longer valid');
  }

  #sign(typ: string, claims: Record<string, unknown>, issuedAt: Date, seconds: number): Promise<string> {
    const { privateKey, algorithm, keyId, x5c } = this.options.key;
    const iat = Math.floor(issuedAt.getTime() / 1000);
    return import('jose').then(({ SignJWT }) =>
      new SignJWT({ ...claims, iat, nbf: iat, exp: iat + seconds })
        .setProtectedHeader({ alg: algorithm, typ, kid: keyId, ...(x5c.length > 0 ? { x5c: [...x5c] } : {}) })
        .sign(privateKey),
    );
  }

  /** @throws {CredentialsRefusedError} no such user */
  #lineOf(user: string): string {
    const hash = this.options.users.findHash(user);
    if (hash === undefined) throw new CredentialsRefusedError('user is not known');
    return createHash('sha256').update(`${user}:${hash}`).digest('base64url');
  }
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
