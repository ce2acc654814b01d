import { createPublicKey, type KeyObject } from 'node:crypto';
import { readCertificates } from './certificate.ts';
import { KeyUnusableError } from './errors.ts';

/** Kinds of key that can verify; metadata may list others, which cast no vote. */
export type KeyKind = 'ecdsa' | 'rsa' | 'ecdsa-x509' | 'rsa-x509' | 'ed25519';

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410 §4). */
export const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_BYTES = 32;
const MIN_RSA_BITS = 2048;

interface Kind {
  /** Key type of node:crypto. */
  readonly type: 'ec' | 'rsa' | 'ed25519';
  /** The kind a private key is filed under. */
  readonly bare: KeyKind;
  open(bytes: Buffer): KeyObject | undefined;
}
const openSpki = (key: Buffer): KeyObject => createPublicKey({ key, format: 'der', type: 'spki' });
const openCertificate = (pem: Buffer): KeyObject | undefined => readCertificates(pem)?.[0]?.publicKey;
const openRaw = (raw: Buffer): KeyObject | undefined =>
  raw.length === ED25519_BYTES ? openSpki(Buffer.concat([ED25519_SPKI, raw])) : undefined;

export const KINDS: ReadonlyMap<string, Kind> = new Map<KeyKind, Kind>([
  ['ecdsa', { type: 'ec', bare: 'ecdsa', open: openSpki }],
  ['rsa', { type: 'rsa', bare: 'rsa', open: openSpki }],
  ['ecdsa-x509', { type: 'ec', bare: 'ecdsa', open: openCertificate }],
  ['rsa-x509', { type: 'rsa', bare: 'rsa', open: openCertificate }],
  ['ed25519', { type: 'ed25519', bare: 'ed25519', open: openRaw }],
]);

/** The key that bytes of a kind hold. @throws {KeyUnusableError} none that can verify */
export function openKey(keytype: string, bytes: Buffer): KeyObject {
  const kind = KINDS.get(keytype);
  if (!kind) throw new KeyUnusableError(`key type ${JSON.stringify(keytype.slice(0, 40))} is not supported`);
  let keyObject: KeyObject | undefined;
  try {
    keyObject = kind.open(bytes);
  } catch (cause) {
    throw new KeyUnusableError(`${keytype} key cannot be read`, { cause });
  }
  if (keyObject?.asymmetricKeyType !== kind.type) throw new KeyUnusableError(`no ${keytype} key inside`);
  const bits = keyObject.asymmetricKeyDetails?.modulusLength;
  if (kind.type === 'rsa' && (bits ?? 0) < MIN_RSA_BITS) {
    throw new KeyUnusableError(`RSA key must be at least ${MIN_RSA_BITS} bits, not ${bits}`);
  }
  return keyObject;
}
