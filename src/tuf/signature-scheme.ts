import { constants, type KeyObject, sign, verify } from 'node:crypto';
import type { PublicKey } from './public-key.ts';

/** How signatures of one `method` are made and checked (`docs/wire/notary-v1.md`, "Signatures"). */
interface SignatureScheme {
  /** Key type of node:crypto that may use it. */
  readonly keyType: 'ec' | 'rsa' | 'ed25519';
  readonly digest: 'sha256' | null;
  readonly options: { padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' };
}

const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map<string, SignatureScheme>([
  ['ecdsa', { keyType: 'ec', digest: 'sha256', options: { dsaEncoding: 'ieee-p1363' } }], // r and s, fixed width
  [
    'rsapss',
    { keyType: 'rsa', digest: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  ],
  ['rsapkcs1v15', { keyType: 'rsa', digest: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } }],
  ['eddsa', { keyType: 'ed25519', digest: null, options: {} }],
]);

/** The method new signatures of each key type are made with. */
const METHODS = new Map<string | undefined, string>([
  ['ec', 'ecdsa'],
  ['rsa', 'rsapss'],
  ['ed25519', 'eddsa'],
]);

/** Whether `signature` over `bytes` is by `key`. Unknown methods, unusable keys and malformed signatures are no. */
export function isSignatureValid(key: PublicKey, method: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  const scheme = SCHEMES.get(method);
  if (!scheme) return false;
  try {
    const { keyObject } = key;
    if (keyObject.asymmetricKeyType !== scheme.keyType) return false;
    return verify(scheme.digest, bytes, { key: keyObject, ...scheme.options }, signature);
  } catch {
    return false; // a key that cannot be used, or a signature of the wrong length
  }
}

/** Method for signatures by `privateKey`; `undefined` when there is none. */
export function findSignatureMethod(privateKey: KeyObject): string | undefined {
  return METHODS.get(privateKey.asymmetricKeyType);
}

/** @throws {TypeError} the method is not one for this key: callers take it from `findSignatureMethod` */
export function signBytes(privateKey: KeyObject, method: string, bytes: Uint8Array): Buffer {
  const scheme = SCHEMES.get(method);
  if (scheme?.keyType !== privateKey.asymmetricKeyType || !scheme) throw new TypeError(`no key for ${method}`);
  return sign(scheme.digest, bytes, { key: privateKey, ...scheme.options });
}
