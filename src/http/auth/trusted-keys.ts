import type { JsonWebKey } from 'node:crypto';
import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import type { JWTHeaderParameters } from 'jose';
import { isJsonObject, parseJson, TrustSandboxError } from '../../core/index.ts';
import { parseCertificateBundle, parseCertificateHeader, verifyCertificateChain } from './certificate-chain.ts';
import { libtrustKeyId } from './key-id.ts';
import { WatchedFile } from './watched-file.ts';

/** A token names no key that is trusted. */
export class KeyUntrustedError extends TrustSandboxError {
  readonly code = 'TOKEN_KEY_UNTRUSTED';
}

/** Files of the keys that tokens may be signed by: certificates of signers or their authorities, and a JWK Set (RFC 7517). */
export interface TrustedKeyFiles {
  readonly rootCertBundle?: string | undefined;
  readonly jwks?: string | undefined;
}

const MAX_JWKS_BYTES = 1024 * 1024;
const MAX_KEYS = 1000;

/** The keys whose signatures on tokens count. Files are read again when they change. */
export class TrustedKeys {
  readonly #certificates: WatchedFile<CertificateKeys> | undefined;
  readonly #jwks: WatchedFile<ReadonlyMap<string, KeyObject>> | undefined;

  /** @throws {CredentialFileError} a file cannot be read */
  constructor({ rootCertBundle, jwks }: TrustedKeyFiles) {
    this.#certificates = rootCertBundle === undefined ? undefined : new WatchedFile(rootCertBundle, certificateKeys);
    this.#jwks = jwks === undefined ? undefined : new WatchedFile(jwks, parseKeySet);
  }

  /** Changes when the files do: what was decided by another version is to be decided again. */
  get version(): readonly unknown[] {
    return [this.#certificates?.value, this.#jwks?.value];
  }

  /** @throws {CredentialFileError} */
  reload(): void {
    this.#certificates?.reload();
    this.#jwks?.reload();
  }

  /**
   * The key that a token's header names: by a certificate chain, by the key itself, or by its id (distribution, "Token
   * Authentication Implementation"; RFC 7515 §4.1.3, 4.1.4, 4.1.6), in this order, as distribution looks. A chain says
   * nothing to those who know no certificates.
   * @throws {KeyUntrustedError | CertificateChainError}
   */
  find({ x5c, jwk, kid }: JWTHeaderParameters, now: Date): KeyObject {
    if (x5c !== undefined && this.#certificates) return this.#byChain(x5c, now);
    if (jwk !== undefined) return this.#byKey(jwk, now);
    const key = kid === undefined ? undefined : this.#byId(kid);
    if (!key) throw new KeyUntrustedError(`token is signed by a key that is not trusted: ${JSON.stringify(kid)}`);
    return key;
  }

  #byChain(x5c: unknown, now: Date): KeyObject {
    const chain = parseCertificateHeader(x5c);
    verifyCertificateChain(chain, this.#certificates?.value.roots ?? [], now);
    const [leaf] = chain;
    if (!leaf) throw new KeyUntrustedError('x5c is empty');
    return leaf.publicKey;
  }

  #byKey(jwk: object, now: Date): KeyObject {
    const key = importKey(jwk);
    if ('x5c' in jwk && !this.#byChain(jwk.x5c, now).equals(key)) {
      throw new KeyUntrustedError('jwk is not the key of its certificate');
    }
    if ('x5c' in jwk) return key;
    const trusted = this.#byId(libtrustKeyId(key));
    if (!trusted?.equals(key)) throw new KeyUntrustedError('jwk is not among the keys that are trusted');
    return trusted;
  }

  #byId(kid: string): KeyObject | undefined {
    return this.#jwks?.value.get(kid) ?? this.#certificates?.value.byId.get(kid);
  }
}

interface CertificateKeys {
  readonly roots: readonly X509Certificate[];
  /** Of the roots themselves, by libtrust's names. */
  readonly byId: ReadonlyMap<string, KeyObject>;
}

function certificateKeys(text: string): CertificateKeys {
  const roots = parseCertificateBundle(text);
  return { roots, byId: new Map(roots.map(({ publicKey }) => [libtrustKeyId(publicKey), publicKey])) };
}

/** Keys by `kid`, and by libtrust's name, which needs no `kid`. Keys for other uses than signatures are passed over. */
function parseKeySet(text: string): ReadonlyMap<string, KeyObject> {
  const set = parseJson(Buffer.from(text), { maxBytes: MAX_JWKS_BYTES });
  const keys = isJsonObject(set) ? set.keys : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new KeyUntrustedError('not a JWK Set: want {"keys": […]}');
  const byId = new Map<string, KeyObject>();
  for (const jwk of keys) {
    if (!isJsonObject(jwk)) throw new KeyUntrustedError('not a JWK Set: a key is no object');
    if (jwk.use !== undefined && jwk.use !== 'sig') continue;
    const key = importKey(jwk);
    byId.set(libtrustKeyId(key), key);
    if (typeof jwk.kid === 'string') byId.set(jwk.kid, key);
  }
  return byId;
}

/** Of the public half alone, whatever else is there. */
function importKey(jwk: object): KeyObject {
  try {
    const { kty, crv, x, y, n, e } = jwk as JsonWebKey;
    const parts = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
    return createPublicKey({ key: Object.fromEntries(parts), format: 'jwk' });
  } catch (cause) {
    throw new KeyUntrustedError('not a public key that is known here', { cause });
  }
}
