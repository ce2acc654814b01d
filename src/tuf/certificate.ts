import { type KeyObject, X509Certificate } from 'node:crypto';
import { readDer, readOid } from './der.ts';

/** What root validation asks of a certificate. Read from PEM; nothing here trusts it. */
export interface Certificate {
  readonly commonName: string;
  readonly isCa: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  /** Signed with SHA-1, which Notary refuses. */
  readonly isSha1: boolean;
  readonly der: Buffer;
}

const PEM = /-----BEGIN CERTIFICATE-----\r?\n([A-Za-z0-9+/=\r\n]+?)-----END CERTIFICATE-----/g;
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SHA1_SIGNATURES: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.5', // RSA
  '1.2.840.10040.4.3', // DSA
  '1.2.840.10045.4.1', // ECDSA
]);
const SEQUENCE = 0x30;
const EXPLICIT_EXTENSIONS = 0xa3;
const EXPLICIT_VERSION = 0xa0;
const BOOLEAN = 0x01;
const BMP_STRING = 0x1e;

/** The certificates of a PEM bundle in their order; `undefined` when there are none or one is broken. */
export function readCertificates(pem: Uint8Array): readonly Certificate[] | undefined {
  const found: Certificate[] = [];
  for (const [, base64 = ''] of Buffer.from(pem).toString('latin1').matchAll(PEM)) {
    const certificate = readCertificate(Buffer.from(base64, 'base64'));
    if (!certificate) return undefined;
    found.push(certificate);
  }
  return found.length > 0 ? found : undefined;
}

/** PEM in the one form that Notary writes: 64 characters a line, a newline at the end. */
export function formatCertificates(certificates: readonly Pick<Certificate, 'der'>[]): string {
  return certificates
    .map(({ der }) => {
      const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
      return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
    })
    .join('');
}

function readCertificate(der: Buffer): Certificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    const fields = readFields(der);
    if (!fields) return undefined;
    const { publicKey, validFrom, validTo } = x509;
    return { ...fields, publicKey, notBefore: new Date(validFrom), notAfter: new Date(validTo), der };
  } catch {
    return undefined; // no certificate, or a key that OpenSSL does not know
  }
}

/** What Node does not tell (RFC 5280 §4.1). */
function readFields(der: Buffer): Pick<Certificate, 'commonName' | 'isCa' | 'isSha1'> | undefined {
  const certificate = readDer(der)?.[0];
  const [body, algorithm] = readDer(certificate?.content ?? der) ?? [];
  let fields = readDer(body?.content ?? der);
  if (!fields || !algorithm) return undefined;
  if (fields[0]?.tag === EXPLICIT_VERSION) fields = fields.slice(1);
  const subject = fields[4]; // serial number, signature, issuer, validity, subject
  const extensions = fields.find(({ tag }) => tag === EXPLICIT_EXTENSIONS);
  const oid = readDer(algorithm.content)?.[0];
  if (!subject || !oid) return undefined;
  return {
    commonName: readCommonName(subject.content),
    isCa: extensions !== undefined && readIsCa(extensions.content),
    isSha1: SHA1_SIGNATURES.has(readOid(oid.content)),
  };
}

/** The last common name of the subject, as Go takes it. */
function readCommonName(rdns: Buffer): string {
  let commonName = '';
  for (const rdn of readDer(rdns) ?? []) {
    for (const attribute of readDer(rdn.content) ?? []) {
      const [type, value] = readDer(attribute.content) ?? [];
      if (!type || !value || readOid(type.content) !== COMMON_NAME) continue;
      commonName = value.tag === BMP_STRING ? readBmp(value.content) : value.content.toString('utf8');
    }
  }
  return commonName;
}

function readBmp(content: Buffer): string {
  return content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : '';
}

function readIsCa(extensions: Buffer): boolean {
  for (const extension of readDer(readDer(extensions)?.[0]?.content ?? extensions) ?? []) {
    const parts = readDer(extension.content) ?? [];
    const [type] = parts;
    const value = parts.at(-1);
    if (!type || !value || readOid(type.content) !== BASIC_CONSTRAINTS) continue;
    const constraints = readDer(value.content)?.[0];
    const flag = constraints?.tag === SEQUENCE ? readDer(constraints.content)?.[0] : undefined;
    return flag?.tag === BOOLEAN && flag.content[0] !== 0;
  }
  return false;
}
