import { createPrivateKey, type KeyObject } from 'node:crypto';
import { TrustSandboxError } from '../../core/index.ts';
import { publicKeyOf } from '../../tuf/index.ts';

/** Bytes that are no private key of the kind that the database says. */
export class PrivateBytesError extends TrustSandboxError {
  readonly code = 'NOTARY_PRIVATE_BYTES';
}

const ED25519_BYTES = 32;
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A private key as Notary has it before encryption: SEC1 DER of EC, PKCS#1 DER of RSA, public key + seed + public key of Ed25519. */
export function formatPrivateBytes(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'der' });
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'der' });
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(ED25519_PKCS8.length);
  const { bytes } = publicKeyOf(key);
  return Buffer.concat([bytes, seed, bytes]);
}

/** @throws {PrivateBytesError} */
export function parsePrivateBytes(algorithm: string, bytes: Buffer): KeyObject {
  try {
    if (algorithm === 'ecdsa') return createPrivateKey({ key: bytes, format: 'der', type: 'sec1' });
    if (algorithm === 'rsa') return createPrivateKey({ key: bytes, format: 'der', type: 'pkcs1' });
    if (algorithm === 'ed25519' && bytes.length === 3 * ED25519_BYTES) {
      const seed = bytes.subarray(ED25519_BYTES, 2 * ED25519_BYTES);
      return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' });
    }
  } catch (cause) {
    throw new PrivateBytesError(`no ${algorithm} private key inside`, { cause });
  }
  throw new PrivateBytesError(`no private key of the kind ${JSON.stringify(algorithm.slice(0, 40))}`);
}
