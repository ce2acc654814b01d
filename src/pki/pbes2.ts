import { createCipheriv, createDecipheriv, pbkdf2Sync } from 'node:crypto';
import { TrustSandboxError } from '../core/index.ts';
import { derInteger, derOctetString, derOid, derSequence } from './der.ts';
import { DerReader } from './der-reader.ts';
import type { RandomBytes } from './random.ts';

/** The passphrase does not open the key. Which of wrong passphrase and broken file it was cannot be told apart. */
export class PassphraseIncorrectError extends TrustSandboxError {
  readonly code = 'PASSPHRASE_INCORRECT';
  constructor(options?: ErrorOptions) {
    super('passphrase incorrect', options);
  }
}

/** A key encrypted in a way we do not know. */
export class EncryptionUnsupportedError extends TrustSandboxError {
  readonly code = 'ENCRYPTION_UNSUPPORTED';
}

const OID_PBES2 = '1.2.840.113549.1.5.13';
const OID_PBKDF2 = '1.2.840.113549.1.5.12';
const OID_AES_256_CBC = '2.16.840.1.101.3.4.1.42';
/** RFC 8018 appendix B.1.2; the default is HMAC-SHA1, and the only one that Notary reads and writes. */
const PRFS = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);
/** Cipher names and key sizes in bytes (RFC 8018 appendix B.2). */
const CIPHERS = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', keyBytes: 16 }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', keyBytes: 24 }],
  [OID_AES_256_CBC, { name: 'aes-256-cbc', keyBytes: 32 }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', keyBytes: 24 }],
]);
const ROUNDS = 2048;
/** A key file is input: without a bound its round count could hold the program for hours. */
const MAX_ROUNDS = 10_000_000;

/**
 * Wraps `plain` in an EncryptedPrivateKeyInfo as Notary does: PBES2 with PBKDF2 (8 bytes of salt, 2048 rounds, no prf
 * field, so HMAC-SHA1) and AES-256-CBC (RFC 8018 §6.2; RFC 5208 §6).
 */
export function encryptPbes2(plain: Uint8Array, passphrase: string, random: RandomBytes): Buffer {
  const salt = random(8);
  const iv = random(16);
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(passphrase, salt, ROUNDS, 32, 'sha1'), iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  const derivation = derSequence(derOid(OID_PBKDF2), derSequence(derOctetString(salt), derInteger(ROUNDS)));
  const scheme = derSequence(derOid(OID_AES_256_CBC), derOctetString(iv));
  return derSequence(derSequence(derOid(OID_PBES2), derSequence(derivation, scheme)), derOctetString(encrypted));
}

/**
 * Opens an EncryptedPrivateKeyInfo (RFC 5208 §6). Bytes that come out may still be garbage: padding proves little.
 * @throws {PassphraseIncorrectError}
 * @throws {EncryptionUnsupportedError} not PBES2 with PBKDF2 and a cipher of the table
 * @throws {DerInvalidError}
 */
export function decryptPbes2(der: Uint8Array, passphrase: string): Buffer {
  const outer = new DerReader(der).sequence();
  const algorithm = outer.sequence();
  if (algorithm.oid() !== OID_PBES2) throw new EncryptionUnsupportedError('key is not encrypted by PBES2');
  const parameters = algorithm.sequence();
  const derive = parseDerivation(parameters.sequence());
  const scheme = parameters.sequence();
  const cipher = CIPHERS.get(scheme.oid());
  if (!cipher) throw new EncryptionUnsupportedError('key is encrypted by an unknown cipher');
  const iv = scheme.octetString();
  const encrypted = outer.octetString();
  try {
    const decipher = createDecipheriv(cipher.name, derive(passphrase, cipher.keyBytes), iv);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch (cause) {
    throw new PassphraseIncorrectError({ cause });
  }
}

function parseDerivation(derivation: DerReader): (passphrase: string, keyBytes: number) => Buffer {
  if (derivation.oid() !== OID_PBKDF2) throw new EncryptionUnsupportedError('key is not derived by PBKDF2');
  const parameters = derivation.sequence();
  const salt = parameters.octetString();
  const rounds = parameters.integer();
  if (rounds < 1 || rounds > MAX_ROUNDS) throw new EncryptionUnsupportedError(`${rounds} rounds of PBKDF2`);
  if (parameters.nextTag === 0x02) parameters.integer(); // keyLength: the cipher tells it as well
  const prf = parameters.isAtEnd ? 'sha1' : PRFS.get(parameters.sequence().oid());
  if (!prf) throw new EncryptionUnsupportedError('key is derived by an unknown pseudo-random function');
  return (passphrase, keyBytes) => pbkdf2Sync(passphrase, salt, rounds, keyBytes, prf);
}
