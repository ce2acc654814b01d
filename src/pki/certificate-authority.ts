import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Clock } from '../core/index.ts';
import { basicConstraints, keyUsage, signCertificate, subjectKeyIdentifier } from './certificate.ts';
import { type RandomBytes, systemRandom } from './random.ts';

/** A certificate and its private key, both PEM; the caller keeps them (key: mode 0600). */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

const YEAR_MS = 365.25 * 86_400_000;
const EARLIEST = Date.UTC(2020, 0, 1);

/**
 * When the sandbox's certificates hold: from 2020 (or ten years ago) until fifty years on. A sandbox's virtual clock
 * is moved by years, while the TLS of Node, Go and OpenSSL compares with the machine's own clock: one certificate must
 * satisfy both, whichever way the clock went. Safety comes from an authority that is minted at `up`, never leaves its
 * volume and signs for loopback names; not from its expiry.
 */
export function sandboxValidity(clock: Clock): { readonly notBefore: Date; readonly notAfter: Date } {
  const now = clock.now().getTime();
  return {
    notBefore: new Date(Math.min(EARLIEST, now - 10 * YEAR_MS)),
    notAfter: new Date(Math.max(now, EARLIEST) + 50 * YEAR_MS),
  };
}

/** SHA-1 of the public key's bits (RFC 5280 §4.2.1.2, method 1): a label, not a proof. */
export function keyIdentifier(key: KeyObject): Buffer {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const point = [Buffer.from([4]), Buffer.from(jwk.x ?? '', 'base64url'), Buffer.from(jwk.y ?? '', 'base64url')];
  return createHash('sha1').update(Buffer.concat(point)).digest();
}

/** Mints a certificate authority with an EC P-256 key, able to sign end-entity certificates only. */
export function createCertificateAuthority(options: {
  readonly clock: Clock;
  readonly name?: string;
  readonly random?: RandomBytes;
}): CertificateAndKey {
  const { clock, name = 'trustsandbox CA', random = systemRandom } = options;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = signCertificate(
    {
      subject: name,
      issuer: name,
      ...sandboxValidity(clock),
      publicKey: privateKey,
      extensions: [
        keyUsage('digitalSignature', 'keyCertSign', 'cRLSign'),
        basicConstraints(true),
        subjectKeyIdentifier(keyIdentifier(privateKey)),
      ],
    },
    privateKey,
    random,
  );
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

export const authorityKey = (ca: CertificateAndKey): KeyObject => createPrivateKey(ca.key);
