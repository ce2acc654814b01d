import type { KeyObject } from 'node:crypto';
import type { Signature } from './envelope.ts';
import { KeyUnusableError } from './errors.ts';
import { type PublicKey, publicKeyOf } from './public-key.ts';
import { findSignatureMethod, signBytes } from './signature-scheme.ts';

/** Signs as one key. The private part may be in memory, in a token or on another machine. */
export interface Signer {
  /** The key as the role lists it: for root the certificate, not the bare key in it. */
  readonly key: PublicKey;
  sign(bytes: Uint8Array): Promise<Signature>;
}

/**
 * A signer over a private key in memory. `listedAs` is the key that metadata lists, when it is not the bare one.
 * @throws {KeyUnusableError} unknown kind of key, RSA below 2048 bits, or `listedAs` holds another key
 */
export function openSigner(privateKey: KeyObject, listedAs?: PublicKey): Signer {
  const bare = publicKeyOf(privateKey);
  const key = listedAs ?? bare;
  const method = findSignatureMethod(privateKey);
  if (method === undefined || key.fingerprint !== bare.fingerprint) {
    throw new KeyUnusableError('private key does not belong to the public key it should sign for');
  }
  return {
    key,
    async sign(bytes) {
      return { keyid: key.keyid, method, sig: signBytes(privateKey, method, bytes) };
    },
  };
}
