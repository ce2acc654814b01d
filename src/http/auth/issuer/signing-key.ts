import { createPublicKey, type KeyObject } from 'node:crypto';
import { TrustSandboxError } from '../../../core/index.ts';
import { parseCertificateBundle } from '../certificate-chain.ts';
import { libtrustKeyId } from '../key-id.ts';

/** A key that tokens cannot be signed with, or a certificate that is not its own. */
export class SigningKeyError extends TrustSandboxError {
  readonly code = 'SIGNING_KEY';
}

/** What an issuer signs tokens with. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly algorithm: 'ES256' | 'RS256';
  /** libtrust's name of the public key. */
  readonly keyId: string;
  /**
   * Base64 of the DER certificates, the key's own first: the `x5c` that verifiers with certificates go by. Empty where all
   * verifiers know the key by a key set: distribution 3 wants no chain then.
   */
  readonly x5c: readonly string[];
}

const MIN_RSA_BITS = 2048;

/**
 * A private key and the PEM certificates that vouch for it. EC P-256 signs ES256, RSA signs RS256 (RFC 7518 §3.1).
 * @throws {SigningKeyError | CertificateChainError}
 */
export function signingKey(privateKey: KeyObject, certificates?: string): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const chain = certificates === undefined ? [] : parseCertificateBundle(certificates);
  if (certificates !== undefined && !chain[0]?.publicKey.equals(publicKey))
    throw new SigningKeyError('the certificate is not that of the key');
  const x5c = chain.map(({ raw }) => raw.toString('base64'));
  return { privateKey, algorithm: algorithmOf(privateKey), keyId: libtrustKeyId(publicKey), x5c };
}

/** The public half as a JWK Set (RFC 7517 §5), for verifiers that go by that. */
export function formatKeySet({ privateKey, algorithm, keyId, x5c }: SigningKey): string {
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  return `${JSON.stringify({ keys: [{ ...jwk, kid: keyId, use: 'sig', alg: algorithm, ...(x5c.length > 0 ? { x5c } : {}) }] }, null, 2)}\n`;
}

function algorithmOf(key: KeyObject): SigningKey['algorithm'] {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= MIN_RSA_BITS) return 'RS256';
  throw new SigningKeyError(`a signing key is EC P-256, or RSA of at least ${MIN_RSA_BITS} bits`);
}
