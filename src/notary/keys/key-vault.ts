import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { TrustSandboxError } from '../../core/index.ts';

/** Gives random bytes. */
export type RandomBytes = (size: number) => Buffer;
export const systemRandom: RandomBytes = (size) => randomBytes(size);

/** A stored secret that this server's secret does not open. */
export class VaultError extends TrustSandboxError {
  readonly code = 'NOTARY_VAULT';
}

/** Bytes a server secret must have: it is used as it is, with no stretching. */
export const MIN_SECRET_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const PURPOSE = 'trustsandbox notary server keys v1';

/**
 * Encrypts private keys for the database: AES-256-GCM under a key derived from the server's secret, bound to what the key
 * is for. Layout: nonce (12 bytes), tag (16 bytes), ciphertext.
 */
export class KeyVault {
  readonly #key: Buffer;
  readonly #random: RandomBytes;

  /** @throws {VaultError} `secret` has fewer than 32 bytes */
  constructor(secret: Uint8Array, random: RandomBytes = systemRandom) {
    if (secret.byteLength < MIN_SECRET_BYTES) {
      throw new VaultError(`the server's key secret needs ${MIN_SECRET_BYTES} random bytes`);
    }
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, 32));
    this.#random = random;
  }

  seal(plain: Uint8Array, purpose: string): Buffer {
    const nonce = this.#random(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  canOpen(sealed: Buffer, purpose: string): boolean {
    try {
      this.open(sealed, purpose);
      return true;
    } catch {
      return false;
    }
  }

  /** @throws {VaultError} sealed under another secret or for another purpose, or damaged */
  open(sealed: Buffer, purpose: string): Buffer {
    const [nonce, rest] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(purpose))
        .setAuthTag(rest.subarray(0, TAG_BYTES));
      return Buffer.concat([decipher.update(rest.subarray(TAG_BYTES)), decipher.final()]);
    } catch (cause) {
      throw new VaultError('a stored key cannot be opened: was the server started with another secret?', { cause });
    }
  }
}
