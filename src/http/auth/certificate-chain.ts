import { X509Certificate } from 'node:crypto';
import { TrustSandboxError } from '../../core/index.ts';

/** A certificate chain that does not lead to a root that is trusted. */
export class CertificateChainError extends TrustSandboxError {
  readonly code = 'CERTIFICATE_CHAIN';
}

/** Longest chain that is followed, in certificates. */
const MAX_CHAIN = 8;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** All certificates of a PEM bundle. @throws {CertificateChainError} there is none, or one cannot be read */
export function parseCertificateBundle(text: string): X509Certificate[] {
  const blocks = text.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) throw new CertificateChainError('holds no PEM certificate');
  return blocks.map(readCertificate);
}

/** The chain of a token's `x5c` header: base64 of DER, the signer's first (RFC 7515 §4.1.6). @throws {CertificateChainError} */
export function parseCertificateHeader(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length === 0 || x5c.length > MAX_CHAIN) {
    throw new CertificateChainError(`x5c: want 1 to ${MAX_CHAIN} certificates`);
  }
  return x5c.map((each: unknown) => {
    if (typeof each !== 'string') throw new CertificateChainError('x5c: want base64 of certificates');
    return readCertificate(Buffer.from(each, 'base64'));
  });
}

/**
 * Requires the first certificate of `chain` to be one of `roots`, or to have been issued by one through others of the
 * chain, all of them valid at `now` (RFC 5280 §6, without names, policies and revocation: a token's signer has none).
 * @throws {CertificateChainError}
 */
export function verifyCertificateChain(
  chain: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
): void {
  const isRoot = (certificate: X509Certificate): boolean => roots.some((root) => root.raw.equals(certificate.raw));
  let [current, ...rest] = chain;
  while (current !== undefined) {
    verifyDates(current, now);
    if (isRoot(current)) return;
    const issuer = [...roots, ...rest].find(issuerOf(current));
    if (issuer === undefined) break;
    rest = rest.filter((each) => each !== issuer);
    current = issuer;
  }
  throw new CertificateChainError('certificate was not issued by a root that is trusted');
}

function issuerOf(certificate: X509Certificate): (candidate: X509Certificate) => boolean {
  return (candidate) => candidate.ca && certificate.checkIssued(candidate) && certificate.verify(candidate.publicKey);
}

function verifyDates({ validFrom, validTo }: X509Certificate, now: Date): void {
  if (now.getTime() < Date.parse(validFrom)) throw new CertificateChainError(`certificate is valid from ${validFrom}`);
  if (now.getTime() > Date.parse(validTo)) throw new CertificateChainError(`certificate was valid until ${validTo}`);
}

function readCertificate(source: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(source);
  } catch (cause) {
    throw new CertificateChainError('not an X.509 certificate', { cause });
  }
}
