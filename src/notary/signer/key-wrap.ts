import { createCipheriv, createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { isJsonObject, type JsonObject, parseJson, TrustSandboxError } from '../../core/index.ts';
import type { RandomBytes } from '../keys/key-vault.ts';
import { Recent } from '../recent.ts';

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
const MAX_SALT_BYTES = 256;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const CEK_BYTES = 32;
const WRAP_IV = Buffer.alloc(8, 0xa6); // RFC 3394 §2.2.3.1
const KEKS_KEPT = 256;

/** RFC 7518 §4.8: what the passphrase is stretched by, and what then wraps the content's key. */
const KEYWRAPS = new Map([
  [KEYWRAP_ALG, { hash: 'sha256', cipher: 'id-aes128-wrap', keyBytes: 16 }],
  ['PBES2-HS384+A192KW', { hash: 'sha384', cipher: 'id-aes192-wrap', keyBytes: 24 }],
  ['PBES2-HS512+A256KW', { hash: 'sha512', cipher: 'id-aes256-wrap', keyBytes: 32 }],
]);
const stretch = promisify(pbkdf2);

/** What is stored does not open: another passphrase, damaged, or no JWE of this kind. */
export class KeyUnwrapError extends TrustSandboxError {
  readonly code = 'NOTARY_KEY_UNWRAP';
}

interface Stretching {
  readonly alg: string;
  readonly rounds: number;
  /** Base64url, as in the header. */
  readonly salt: string;
}

/**
 * Encrypts and opens keys under one passphrase. Stretching it costs a core for tens of milliseconds: what comes of it is kept, and all that
 * one wrapper encrypts has the same salt. Each key has a random content key of its own; who finds the passphrase has them all
 * anyway, so a salt each would protect none of them.
 */
export class KeyWrapper {
  readonly #passphrase: Buffer;
  readonly #keks = new Recent<string, Promise<Buffer>>(KEKS_KEPT);
  #salt: string | undefined;

  constructor(passphrase: Buffer) {
    this.#passphrase = passphrase;
  }

  async wrap(plain: Uint8Array, { rounds, random }: { rounds: number; random: RandomBytes }): Promise<string> {
    this.#salt ??= random(SALT_BYTES).toString('base64url');
    const stretching = { alg: KEYWRAP_ALG, rounds, salt: this.#salt };
    const header = { alg: KEYWRAP_ALG, enc: ENCRYPTION_ALG, p2c: rounds, p2s: this.#salt };
    const aad = Buffer.from(JSON.stringify(header)).toString('base64url');
    const [cek, iv] = [random(CEK_BYTES), random(IV_BYTES)];
    const wrapper = createCipheriv('id-aes128-wrap', await this.#kekOf(stretching), WRAP_IV);
    const wrapped = Buffer.concat([wrapper.update(cek), wrapper.final()]);
    const cipher = createCipheriv('aes-256-gcm', cek, iv).setAAD(Buffer.from(aad));
    const text = Buffer.concat([cipher.update(plain), cipher.final()]);
    return [aad, ...[wrapped, iv, text, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join('.');
  }

  /** @throws {KeyUnwrapError} */
  async unwrap(jwe: string): Promise<Buffer> {
    try {
      const [aad = '', ...encoded] = jwe.split('.');
      if (encoded.length !== 4) throw new KeyUnwrapError('not a compact JWE');
      const [wrapped, iv, text, tag] = encoded.map((part) => Buffer.from(part, 'base64url')) as Four<Buffer>;
      const stretching = parseHeader(aad);
      const { cipher } = keywrapOf(stretching.alg);
      const unwrapper = createDecipheriv(cipher, await this.#kekOf(stretching), WRAP_IV);
      const cek = Buffer.concat([unwrapper.update(wrapped), unwrapper.final()]);
      const decipher = createDecipheriv('aes-256-gcm', cek, iv, { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(aad))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(text), decipher.final()]);
    } catch (cause) {
      throw new KeyUnwrapError('a stored key cannot be opened: is it encrypted with another passphrase?', { cause });
    }
  }

  #kekOf(stretching: Stretching): Promise<Buffer> {
    const name = JSON.stringify(stretching);
    const known = this.#keks.get(name);
    if (known) return known;
    const { hash, keyBytes } = keywrapOf(stretching.alg);
    const { alg, rounds, salt } = stretching;
    const saltInput = Buffer.concat([Buffer.from(`${alg}\0`), Buffer.from(salt, 'base64url')]); // RFC 7518 §4.8.1.1
    const kek = stretch(this.#passphrase, saltInput, rounds, keyBytes, hash);
    this.#keks.set(name, kek);
    return kek;
  }
}

type Four<T> = [T, T, T, T];

/** @throws {KeyUnwrapError} */
function parseHeader(encoded: string): Stretching {
  const header = parseJson(Buffer.from(encoded, 'base64url'));
  const { alg, enc, p2c, p2s, crit, zip } = (isJsonObject(header) ? header : {}) as JsonObject;
  if (typeof alg !== 'string' || enc !== ENCRYPTION_ALG) throw new KeyUnwrapError('encrypted in another way');
  if (crit !== undefined || zip !== undefined) throw new KeyUnwrapError('it has extensions');
  if (typeof p2c !== 'number' || !Number.isSafeInteger(p2c) || p2c < 1 || p2c > MAX_ROUNDS)
    throw new KeyUnwrapError(`${p2c} rounds of PBKDF2`);
  if (typeof p2s !== 'string' || p2s === '' || p2s.length > MAX_SALT_BYTES) throw new KeyUnwrapError('no salt');
  return { alg, rounds: p2c, salt: p2s };
}

/** @throws {KeyUnwrapError} */
function keywrapOf(alg: string) {
  const keywrap = KEYWRAPS.get(alg);
  if (!keywrap) throw new KeyUnwrapError(`wrapped by ${JSON.stringify(alg.slice(0, 40))}`);
  return keywrap;
}
