import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { describe, expect, test } from 'vitest';
import { FEWEST_ROUNDS, KeyWrapper, ROUNDS } from './key-wrap.ts';
import { formatPrivateBytes, parsePrivateBytes } from './private-bytes.ts';

const passphrase = Buffer.from('correct horse');
const wrapper = new KeyWrapper(passphrase);
const few = { rounds: FEWEST_ROUNDS, random: randomBytes };

function headerOf(jwe: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64url').toString());
}

/** The same JWE with another header. */
function withHeader(jwe: string, change: object): string {
  const header = Buffer.from(JSON.stringify({ ...headerOf(jwe), ...change })).toString('base64url');
  return [header, ...jwe.split('.').slice(1)].join('.');
}

describe('a private key in a signer’s database', () => {
  test.each([
    { algorithm: 'ecdsa', pair: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
    { algorithm: 'ed25519', pair: () => generateKeyPairSync('ed25519') },
    { algorithm: 'rsa', pair: () => generateKeyPairSync('rsa', { modulusLength: 2048 }) },
  ])('comes out as it went in: $algorithm', async ({ algorithm, pair }) => {
    const { privateKey } = pair();
    const jwe = await wrapper.wrap(formatPrivateBytes(privateKey), few);
    expect(headerOf(jwe)).toMatchObject({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: FEWEST_ROUNDS });
    const opened = await new KeyWrapper(passphrase).unwrap(jwe);
    expect(parsePrivateBytes(algorithm, opened).equals(privateKey)).toBe(true);
  });

  test('is read by another implementation of JWE', async () => {
    const jwe = await wrapper.wrap(Buffer.from('the key'), few);
    const { plaintext } = await compactDecrypt(jwe, passphrase, { keyManagementAlgorithms: ['PBES2-HS256+A128KW'] });
    expect(Buffer.from(plaintext).toString()).toBe('the key');
  });

  test.each(['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'])(
    'is read when another implementation wrapped it by %s',
    async (alg) => {
      const jwe = await new CompactEncrypt(Buffer.from('the key'))
        .setProtectedHeader({ alg, enc: 'A256GCM' })
        .encrypt(passphrase);
      expect((await wrapper.unwrap(jwe)).toString()).toBe('the key');
    },
  );

  test('costs the rounds once for all that one wrapper encrypts, and has its own content key and nonce', async () => {
    const slow = { rounds: ROUNDS, random: randomBytes };
    const [one = '', other = ''] = await Promise.all([1, 2].map(() => wrapper.wrap(Buffer.from('key'), slow)));
    expect(headerOf(one).p2s).toBe(headerOf(other).p2s);
    for (const part of [1, 2, 3]) expect(one.split('.')[part]).not.toBe(other.split('.')[part]);
    expect(headerOf(await new KeyWrapper(passphrase).wrap(Buffer.from('key'), few)).p2s).not.toBe(headerOf(one).p2s);
  });

  test.each([
    { what: 'another passphrase', change: (jwe: string) => jwe, by: new KeyWrapper(Buffer.from('wrong')) },
    {
      what: 'a bit changed',
      change: (jwe: string) => jwe.slice(0, -3) + (jwe.at(-3) === 'A' ? 'B' : 'A') + jwe.slice(-2),
    },
    { what: 'a tag cut short', change: (jwe: string) => jwe.slice(0, -6) },
    { what: 'no JWE', change: () => 'a.b.c' },
    { what: 'nothing', change: () => '' },
    { what: 'a header that is no object', change: (jwe: string) => ['bnVsbA', ...jwe.split('.').slice(1)].join('.') },
    { what: 'a key that needs no passphrase', change: (jwe: string) => withHeader(jwe, { alg: 'dir' }) },
    {
      what: 'the name of a property for an algorithm',
      change: (jwe: string) => withHeader(jwe, { alg: 'constructor' }),
    },
    { what: 'more rounds than anybody means well with', change: (jwe: string) => withHeader(jwe, { p2c: 2e9 }) },
    { what: 'no rounds', change: (jwe: string) => withHeader(jwe, { p2c: 0 }) },
    { what: 'a header with more in it', change: (jwe: string) => withHeader(jwe, { more: true }) },
    { what: 'an extension', change: (jwe: string) => withHeader(jwe, { crit: ['more'] }) },
  ])('does not open with $what', async ({ change, by = wrapper }) => {
    const jwe = change(await wrapper.wrap(Buffer.from('key'), few));
    await expect(by.unwrap(jwe)).rejects.toMatchObject({ code: 'NOTARY_KEY_UNWRAP' });
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
