import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';
import type { RandomBytes } from './key-vault.ts';

/** Kinds of key that a server or signer makes, in Notary's words (`trust_service.key_algorithm`). ECDSA is on P-256. */
export const KEY_ALGORITHMS = ['ed25519', 'ecdsa'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

const ED25519_SEED_BYTES = 32;
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const P256_BYTES = 32;

export function isKeyAlgorithm(text: string): text is KeyAlgorithm {
  return (KEY_ALGORITHMS as readonly string[]).includes(text);
}

/** A new private key out of `random`. */
export function newPrivateKey(algorithm: KeyAlgorithm, random: RandomBytes): KeyObject {
  if (algorithm === 'ecdsa') return newP256Key(random);
  const key = Buffer.concat([ED25519_PKCS8, random(ED25519_SEED_BYTES)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

/** Of 2^32 draws one is no scalar of the curve, and is drawn again. */
function newP256Key(random: RandomBytes): KeyObject {
  const curve = createECDH('prime256v1');
  for (;;) {
    try {
      curve.setPrivateKey(random(P256_BYTES));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_CRYPTO_INVALID_KEYTYPE') throw error;
    }
  }
  const [point, scalar] = [curve.getPublicKey(), curve.getPrivateKey()];
  const member = (bytes: Buffer): string => bytes.toString('base64url');
  const key = {
    kty: 'EC',
    crv: 'P-256',
    x: member(point.subarray(1, 1 + P256_BYTES)),
    y: member(point.subarray(1 + P256_BYTES)),
    d: member(Buffer.concat([Buffer.alloc(P256_BYTES - scalar.length), scalar])),
  };
  return createPrivateKey({ key, format: 'jwk' });
}
