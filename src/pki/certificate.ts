import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  derBitString,
  derElement,
  derExplicit,
  derInteger,
  derNull,
  derOctetString,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  derTrue,
} from './der.ts';
import { type ExternalKey, ecdsaSigValue } from './external-key.ts';
import { formatPem } from './pem.ts';
import type { RandomBytes } from './random.ts';

/** What a certificate says. Names are common names; there are no other subject fields. */
export interface CertificateFields {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly publicKey: KeyObject;
  /** DER of each extension, in order. */
  readonly extensions: readonly Buffer[];
}

const OID_ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const OID_RSA_SHA256 = '1.2.840.113549.1.1.11';
const OID_COMMON_NAME = '2.5.4.3';

/**
 * Builds and signs an X.509 v3 certificate (RFC 5280 §4.1) with SHA-256 and the key's ECDSA or RSA (PKCS #1 v1.5); the serial is 127 random bits.
 *
 * Our own hundred lines and not a library: the library at hand costs 90 to 130 ms to import, which every first signed
 * push and every start of the sandbox would feel, and the DER writer is needed for key files anyway. Reading and
 * judging certificates is left to OpenSSL by way of `node:crypto`.
 * @returns PEM
 */
export function signCertificate(
  fields: CertificateFields,
  issuerKey: KeyObject | ExternalKey,
  random: RandomBytes,
): string {
  const algorithm =
    !('sign' in issuerKey) && issuerKey.asymmetricKeyType === 'rsa'
      ? derSequence(derOid(OID_RSA_SHA256), derNull())
      : derSequence(derOid(OID_ECDSA_SHA256));
  const toBeSigned = derSequence(
    derExplicit(0, derInteger(2)), // v3
    derInteger(serialNumber(random)),
    algorithm,
    commonName(fields.issuer),
    derSequence(derTime(fields.notBefore), derTime(fields.notAfter)),
    commonName(fields.subject),
    createPublicKeyBytes(fields.publicKey),
    derExplicit(3, derSequence(...fields.extensions)),
  );
  const signature =
    'sign' in issuerKey ? ecdsaSigValue(issuerKey.sign(toBeSigned)) : sign('sha256', toBeSigned, issuerKey);
  return formatPem('CERTIFICATE', derSequence(toBeSigned, algorithm, derBitString(signature)));
}

/** Positive, as RFC 5280 §4.1.2.2 wants it. */
function serialNumber(random: RandomBytes): Buffer {
  const bytes = Buffer.from(random(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes;
}

function commonName(name: string): Buffer {
  return derSequence(derSet(derSequence(derOid(OID_COMMON_NAME), derText(name))));
}

function createPublicKeyBytes(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** KeyUsage bits by their number (RFC 5280 §4.2.1.3). */
const KEY_USAGES = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 } as const;
const EXTENDED_KEY_USAGES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
} as const;

function extension(oid: string, isCritical: boolean, value: Buffer): Buffer {
  return derSequence(derOid(oid), ...(isCritical ? [derTrue()] : []), derOctetString(value));
}

/** Critical. */
export function keyUsage(...usages: readonly (keyof typeof KEY_USAGES)[]): Buffer {
  const bits = usages.map((usage) => KEY_USAGES[usage]);
  const byte = bits.reduce<number>((sum, bit) => sum | (0x80 >> bit), 0);
  return extension('2.5.29.15', true, derBitString(Buffer.from([byte]), 7 - Math.max(...bits)));
}

export function extendedKeyUsage(...usages: readonly (keyof typeof EXTENDED_KEY_USAGES)[]): Buffer {
  return extension('2.5.29.37', false, derSequence(...usages.map((usage) => derOid(EXTENDED_KEY_USAGES[usage]))));
}

/** Critical. For an end entity the sequence is empty: `CA:FALSE` is the default. */
export function basicConstraints(isAuthority: boolean): Buffer {
  return extension('2.5.29.19', true, derSequence(...(isAuthority ? [derTrue()] : [])));
}

export function subjectKeyIdentifier(id: Buffer): Buffer {
  return extension('2.5.29.14', false, derOctetString(id));
}

export function authorityKeyIdentifier(id: Buffer): Buffer {
  return extension('2.5.29.35', false, derSequence(derElement(0x80, id)));
}

/** `names` are the GeneralNames, each an implicit DER element (RFC 5280 §4.2.1.6). */
export function subjectAlternativeName(names: readonly Buffer[]): Buffer {
  return extension('2.5.29.17', false, derSequence(...names));
}
