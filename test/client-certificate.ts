import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { extendedKeyUsage, signCertificate } from '../src/pki/certificate.ts';
import type { CertificateAndKey } from '../src/pki/index.ts';

/** A certificate that a client of TLS shows, of `authority`, whose name is `issuer`. */
export function issueClientCertificate(authority: CertificateAndKey, issuer = 'trustsandbox CA'): CertificateAndKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
  const extensions = [extendedKeyUsage('clientAuth')];
  const cert = signCertificate(
    { subject: 'client', issuer, notBefore, notAfter, publicKey: privateKey, extensions },
    createPrivateKey(authority.key),
    randomBytes,
  );
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}
