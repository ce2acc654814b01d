import { TrustSandboxError } from '../../core/index.ts';
import type { RandomBytes } from '../keys/key-vault.ts';

/** How keys are encrypted in a signer's database: JWE, compact (RFC 7516 §3.1), as notary-signer 0.7 does. */
export const KEYWRAP_ALG = 'PBES2-HS256+A128KW';
export const ENCRYPTION_ALG = 'A256GCM';

/** Rounds of PBKDF2. The original takes 8192; it and we read any number. */
export const ROUNDS = 100_000;
/** For a passphrase that is random bytes: the least that RFC 7518 §4.8.1.2 recommends. */
export const FEWEST_ROUNDS = 1000;
/** Most rounds that are read: somebody else's database must not keep us busy for long. */
const MAX_ROUNDS = 1_300_000;
const SALT_BYTES = 16;
const READABLE_KEYWRAPS = [KEYWRAP_ALG, 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'];

/** What is stored does not open: another passphrase, damaged, or no JWE of this kind. */
export class KeyUnwrapError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_UNWRAP';
}

export interface Wrapping {
  readonly passphrase: Buffer;
  readonly rounds: number;
  readonly random: RandomBytes;
}

export async function wrapKey(plain: Uint8Array, { passphrase, rounds, random }: Wrapping): Promise<string> {
  const { CompactEncrypt } = await import('jose');
  return new CompactEncrypt(plain)
    .setProtectedHeader({ alg: KEYWRAP_ALG, enc: ENCRYPTION_ALG })
    .setKeyManagementParameters({ p2c: rounds, p2s: random(SALT_BYTES) })
    .encrypt(passphrase);
}

/** @throws {KeyUnwrapError} */
export async function unwrapKey(jwe: string, passphrase: Buffer): Promise<Buffer> {
  const { compactDecrypt } = await import('jose');
  try {
    const { plaintext } = await compactDecrypt(jwe, passphrase, {
      keyManagementAlgorithms: READABLE_KEYWRAPS,
      contentEncryptionAlgorithms: [ENCRYPTION_ALG],
      maxPBES2Count: MAX_ROUNDS,
    });
    return Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  } catch (cause) {
    throw new KeyUnwrapError('a stored key cannot be opened: is it encrypted with another passphrase?', { cause });
  }
}
