import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FEWEST_ROUNDS, unwrapKey, wrapKey } from './key-wrap.ts';
import { formatPrivateBytes, parsePrivateBytes } from './private-bytes.ts';

const passphrase = Buffer.from('correct horse');
const wrapping = { passphrase, rounds: FEWEST_ROUNDS, random: randomBytes };

describe('a private key in a signer’s database', () => {
  test.each([
    { algorithm: 'ecdsa', pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
    { algorithm: 'ed25519', pair: () => generateKeyPairSync('ed25519') },
    { algorithm: 'rsa', pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  ])('comes out as it went in: $algorithm', async ({ algorithm, pair }) => {
    const { privateKey } = pair();
    const jwe = await wrapKey(formatPrivateBytes(privateKey), wrapping);
    const header = JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toMatchObject({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: FEWEST_ROUNDS });
    expect(parsePrivateBytes(algorithm, await unwrapKey(jwe, passphrase)).equals(privateKey)).toBe(true);
  });

  test.each([
    { what: 'another passphrase', change: async (jwe: string) => ({ jwe, passphrase: Buffer.from('wrong') }) },
    {
      what: 'a bit changed',
      change: async (jwe: string) => ({
        jwe: jwe.slice(0, -3) + (jwe.at(-3) === 'A' ? 'B' : 'A') + jwe.slice(-2),
        passphrase,
      }),
    },
    { what: 'no JWE', change: async () => ({ jwe: 'a.b.c', passphrase }) },
    {
      what: 'a key that needs no passphrase',
      change: async () => {
        const { CompactEncrypt } = await import('jose');
        const direct = new CompactEncrypt(randomBytes(8)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' });
        const key = randomBytes(32);
        return { jwe: await direct.encrypt(key), passphrase: key };
      },
    },
    {
      what: 'more rounds than anybody means well with',
      change: async () => {
        const header = Buffer.from(
          JSON.stringify({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 2_000_000_000, p2s: 'AAAAAAAAAAAAAAAA' }),
        ).toString('base64url');
        const [, ...rest] = (await wrapKey(randomBytes(8), wrapping)).split('.');
        return { jwe: [header, ...rest].join('.'), passphrase };
      },
    },
  ])('does not open with $what', async ({ change }) => {
    const made = await change(await wrapKey(Buffer.from('key'), wrapping));
    await expect(unwrapKey(made.jwe, made.passphrase)).rejects.toMatchObject({ code: 'NOTARY_KEY_UNWRAP' });
  });

  test.each([
    { algorithm: 'ecdsa', bytes: Buffer.from('x') },
    { algorithm: 'ed25519', bytes: Buffer.alloc(64) },
    { algorithm: '__proto__', bytes: Buffer.alloc(96) },
  ])('of the kind $algorithm is refused when its bytes are of another', ({ algorithm, bytes }) => {
    expect(() => parsePrivateBytes(algorithm, bytes)).toThrow(
      expect.objectContaining({ code: 'NOTARY_PRIVATE_BYTES' }),
    );
  });
});
