import { createHash } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { type Clock, errorMessage, systemClock, TrustSandboxError } from '../../core/index.ts';
import type { Access } from './access.ts';
import { BoundedCache } from './bounded-cache.ts';
import { type TrustedKeyFiles, TrustedKeys } from './trusted-keys.ts';

/** A token that is not to be believed. The message is for the log: the client learns only that it is invalid. */
export class TokenInvalidError extends TrustSandboxError {
  readonly code = 'TOKEN_INVALID';
}

/** What a token says, verified. */
export interface TokenClaims {
  readonly subject: string;
  readonly access: readonly Access[];
}

export interface TokenVerifierOptions extends TrustedKeyFiles {
  /** `iss` that a token must have. */
  readonly issuer: string;
  /** `aud` that a token must have, alone or among others. */
  readonly service: string;
  /** Algorithms that may sign (RFC 7518 §3.1); all with a public key when left out. */
  readonly signingAlgorithms?: readonly string[] | undefined;
  readonly clock?: Clock;
}

/** Algorithms with a public key. Never those with a shared secret, nor `none`. */
export const SIGNING_ALGORITHMS: readonly string[] = [
  ...['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'EdDSA'],
];
/** Difference of clocks that is put up with, in seconds: distribution's. */
const LEEWAY_SECONDS = 60;
/** Tokens whose signature was verified and need not be again; docker sends one with each request. */
const REMEMBERED_TOKENS = 4096;
const MAX_ACCESS = 1000;

interface Verified {
  readonly claims: TokenClaims;
  readonly notBefore: number;
  readonly expires: number;
  readonly keys: readonly unknown[];
}

/** Verifies tokens of one issuer for one service (distribution, "Token Authentication Implementation"; RFC 7519 §7.2). */
export class TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #clock: Clock;
  readonly #keys: TrustedKeys;
  readonly #verified = new BoundedCache<Verified>(REMEMBERED_TOKENS);

  /** @throws {CredentialFileError} a file of keys cannot be read */
  constructor(options: TokenVerifierOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#keys = new TrustedKeys(options);
  }

  /** @throws {CredentialFileError} */
  reload(): void {
    this.#keys.reload();
  }

  /** @throws {TokenInvalidError} */
  async verify(token: string): Promise<TokenClaims> {
    const now = this.#clock.now();
    const id = createHash('sha256').update(token).digest('base64');
    const keys = this.#keys.version;
    const known = this.#verified.get(id);
    if (known?.keys.every((key, index) => key === keys[index])) {
      verifyTimes(known, now);
      return known.claims;
    }
    const payload = await this.#verifySignature(token, now);
    const { nbf = 0, exp = 0, sub: subject = '' } = payload;
    const verified = { claims: { subject, access: readAccess(payload) }, notBefore: nbf, expires: exp, keys };
    verifyTimes(verified, now);
    this.#verified.set(id, verified);
    return verified.claims;
  }

  async #verifySignature(token: string, currentDate: Date): Promise<JWTPayload> {
    const { issuer, service: audience, signingAlgorithms = SIGNING_ALGORITHMS } = this.#options;
    const { jwtVerify } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, (header) => this.#keys.find(header, currentDate), {
        issuer,
        audience,
        algorithms: [...signingAlgorithms],
        clockTolerance: LEEWAY_SECONDS,
        currentDate,
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (cause) {
      throw new TokenInvalidError(errorMessage(cause), { cause });
    }
  }
}

function verifyTimes({ notBefore, expires }: Verified, now: Date): void {
  const seconds = Math.floor(now.getTime() / 1000);
  if (seconds > expires + LEEWAY_SECONDS) throw new TokenInvalidError('token has expired');
  if (seconds < notBefore - LEEWAY_SECONDS) throw new TokenInvalidError('token is not valid yet');
}

/** The `access` claim: `[{type, name, actions}]`; absent or null is none. @throws {TokenInvalidError} */
function readAccess({ access }: JWTPayload): Access[] {
  if (access === undefined || access === null) return [];
  if (!Array.isArray(access) || access.length > MAX_ACCESS) throw new TokenInvalidError('access claim is no list');
  return access.map((each: unknown) => {
    const { type, name, actions } = (typeof each === 'object' && each !== null ? each : {}) as Record<string, unknown>;
    if (typeof type !== 'string' || typeof name !== 'string' || !Array.isArray(actions)) {
      throw new TokenInvalidError('access claim has an entry without type, name or actions');
    }
    return { type, name, actions: actions.filter((action) => typeof action === 'string') };
  });
}
