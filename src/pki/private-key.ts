import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { TrustSandboxError } from '../core/index.ts';
import { derInteger, derOctetString, derOid, derSequence } from './der.ts';
import { DerReader } from './der-reader.ts';

/** A private key of a kind, or in a form, that we cannot use. */
export class PrivateKeyInvalidError extends TrustSandboxError {
  readonly code = 'PRIVATE_KEY_INVALID';
}

const OIDS = {
  ec: '1.2.840.10045.2.1',
  rsa: '1.2.840.113549.1.1.1',
  ed25519: '1.3.101.112',
  /** What Notary writes for Ed25519, long before RFC 8410 gave it a number (docs/wire/key-files.md). */
  ed25519Notary: '1.3.6.1.4.1.11591.15.1',
} as const;
const ED25519_KEY_BYTES = 32;

/**
 * Reads an unencrypted PKCS#8 key (RFC 5208 §5), Notary's Ed25519 form included.
 * @throws {PrivateKeyInvalidError}
 */
export function parsePkcs8(der: Uint8Array): KeyObject {
  try {
    const outer = new DerReader(der).sequence();
    outer.integer();
    const isNotaryEd25519 = outer.sequence().oid() === OIDS.ed25519Notary;
    const pkcs8 = isNotaryEd25519 ? ed25519Pkcs8(outer.octetString()) : Buffer.from(der);
    return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new PrivateKeyInvalidError('not a PKCS#8 private key of a known kind', { cause });
  }
}

/** `contents` is public key and then Go's private key, which is seed and public key: 32 + 64 bytes. */
function ed25519Pkcs8(contents: Buffer): Buffer {
  if (contents.byteLength !== 3 * ED25519_KEY_BYTES) throw new PrivateKeyInvalidError('Ed25519 key is not 96 bytes');
  const seed = contents.subarray(ED25519_KEY_BYTES, 2 * ED25519_KEY_BYTES);
  return derSequence(derInteger(0), derSequence(derOid(OIDS.ed25519)), derOctetString(derOctetString(seed)));
}

/**
 * Writes PKCS#8 in the very form Notary writes: an EC key has version 1 (and yet no public-key attribute) around a
 * complete SEC1 key; an RSA key's AlgorithmIdentifier has no NULL (docs/wire/key-files.md).
 * @throws {PrivateKeyInvalidError} neither EC, RSA nor Ed25519
 */
export function formatPkcs8(key: KeyObject): Buffer {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return derSequence(derInteger(1), ecAlgorithm(key), derOctetString(key.export({ type: 'sec1', format: 'der' })));
    case 'rsa': {
      const pkcs1 = key.export({ type: 'pkcs1', format: 'der' });
      return derSequence(derInteger(0), derSequence(derOid(OIDS.rsa)), derOctetString(pkcs1));
    }
    case 'ed25519':
      return derSequence(derInteger(0), derSequence(derOid(OIDS.ed25519Notary)), derOctetString(ed25519Bytes(key)));
    default:
      throw new PrivateKeyInvalidError(`a private key of kind ${key.asymmetricKeyType} cannot be kept in a key file`);
  }
}

/** The AlgorithmIdentifier, curve included, as the public key has it (RFC 5480 §2.1). */
function ecAlgorithm(key: KeyObject): Buffer {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return new DerReader(spki).sequence().read(0x30).bytes;
}

function ed25519Bytes(key: KeyObject): Buffer {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const publicKey = Buffer.from(x, 'base64url');
  return Buffer.concat([publicKey, Buffer.from(d, 'base64url'), publicKey]);
}
