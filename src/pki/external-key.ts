import type { KeyObject } from 'node:crypto';
import { derInteger, derSequence } from './der.ts';

/** An EC private key that is elsewhere, on a token, and signs there. */
export interface ExternalKey {
  readonly publicKey: KeyObject;
  /** ECDSA over the SHA-256 digest of `bytes`: r and s, each as wide as the curve (IEEE P1363). */
  sign(bytes: Uint8Array): Buffer;
}

/** The same signature as X.509 has it (RFC 3279 §2.2.3, `Ecdsa-Sig-Value`). */
export function ecdsaSigValue(signature: Uint8Array): Buffer {
  const half = signature.length / 2;
  return derSequence(derInteger(signature.subarray(0, half)), derInteger(signature.subarray(half)));
}
