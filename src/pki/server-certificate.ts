import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { type Clock, TrustSandboxError } from '../core/index.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  signCertificate,
  subjectAlternativeName,
} from './certificate.ts';
import { authorityKey, type CertificateAndKey, keyIdentifier, sandboxValidity } from './certificate-authority.ts';
import { derImplicit } from './der.ts';
import { type RandomBytes, systemRandom } from './random.ts';

/** A name or address that no certificate can carry. */
export class CertificateNameError extends TrustSandboxError {
  readonly code = 'CERTIFICATE_NAME_INVALID';
}

/** Whom a server certificate is for: host names, `localhost`, IPv4 and IPv6 addresses. */
export interface ServerNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses?: readonly string[];
}

const DNS_NAME = /^(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$/;
const RENEW_BEFORE_MS = 30 * 86_400_000;

/**
 * Issues a TLS server certificate (EC P-256, serverAuth, subject alternative names) under `ca`. `cert` holds the
 * server's certificate alone; a client needs `ca.cert` to trust it. It holds as long as `sandboxValidity` says.
 * @throws {CertificateNameError}
 */
export function issueServerCertificate(
  options: ServerNames & { readonly ca: CertificateAndKey; readonly clock: Clock; readonly random?: RandomBytes },
): CertificateAndKey {
  const { ca, dnsNames, ipAddresses = [], clock, random = systemRandom } = options;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKey = authorityKey(ca);
  const [subject] = [...dnsNames, ...ipAddresses];
  if (subject === undefined) throw new CertificateNameError('a server certificate needs a name or an address');
  const cert = signCertificate(
    {
      subject,
      issuer: commonNameOf(new X509Certificate(ca.cert)),
      ...sandboxValidity(clock),
      publicKey: privateKey,
      extensions: [
        keyUsage('digitalSignature'),
        extendedKeyUsage('serverAuth'),
        basicConstraints(false),
        authorityKeyIdentifier(keyIdentifier(issuerKey)),
        subjectAlternativeName([...dnsNames.map(dnsName), ...ipAddresses.map(ipAddress)]),
      ],
    },
    issuerKey,
    random,
  );
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/**
 * Whether a server should get a new certificate: not issued by `ca`, not naming all of `names`, outside its validity
 * or within 30 days of its end.
 */
export function needsRenewal(certPem: string, options: ServerNames & { ca: CertificateAndKey; clock: Clock }): boolean {
  const cert = new X509Certificate(certPem);
  const authority = new X509Certificate(options.ca.cert);
  const now = options.clock.now().getTime();
  const isCurrent = Date.parse(cert.validFrom) <= now && now + RENEW_BEFORE_MS < Date.parse(cert.validTo);
  const isOurs = cert.checkIssued(authority) && cert.verify(authority.publicKey);
  const namesAll =
    options.dnsNames.every((name) => cert.checkHost(name) !== undefined) &&
    (options.ipAddresses ?? []).every((address) => cert.checkIP(address) !== undefined);
  return !(isCurrent && isOurs && namesAll);
}

function commonNameOf(cert: X509Certificate): string {
  return /^CN=(.*)$/m.exec(cert.subject)?.[1] ?? '';
}

function dnsName(name: string): Buffer {
  if (!DNS_NAME.test(name)) throw new CertificateNameError(`${JSON.stringify(name)} is no host name`);
  return derImplicit(2, Buffer.from(name, 'ascii'));
}

function ipAddress(address: string): Buffer {
  if (isIPv4(address)) return derImplicit(7, Buffer.from(address.split('.').map(Number)));
  if (isIPv6(address)) return derImplicit(7, ipv6Bytes(address));
  throw new CertificateNameError(`${JSON.stringify(address)} is no IP address`);
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.from(groups.map((group: string) => group.padStart(4, '0')).join(''), 'hex');
}
