import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newCertificate, newPrivateKey } from '../../test/tuf-repository.ts';
import { certificateKey, PublicKey, publicKeyOf } from './public-key.ts';
import { isSignatureValid } from './signature-scheme.ts';
import { openSigner } from './signer.ts';

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const KEYS: [string, string, KeyObject][] = [
  ['P-256', 'ecdsa', newPrivateKey()],
  ['P-384', 'ecdsa', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['P-521', 'ecdsa', generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey],
  ['RSA 2048', 'rsapss', rsa(2048)],
  ['Ed25519', 'eddsa', generateKeyPairSync('ed25519').privateKey],
];

describe.each(KEYS)('a %s key', (_, method, privateKey) => {
  const signer = openSigner(privateKey);

  test(`signs by ${method}, and any change is seen`, async () => {
    const message = Buffer.from('{"_type":"Targets"}');
    const { sig } = await signer.sign(message);
    expect(isSignatureValid(signer.key, method, message, sig)).toBe(true);
    const anywhere = (length: number) => fc.tuple(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }));
    const changed = (bytes: Buffer, [at, flip]: [number, number]) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ flip;
      return copy;
    };
    fc.assert(
      fc.property(anywhere(sig.length), anywhere(message.length), (inSignature, inMessage) => {
        expect(isSignatureValid(signer.key, method, message, changed(sig, inSignature))).toBe(false);
        expect(isSignatureValid(signer.key, method, changed(message, inMessage), sig)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test('does not verify a signature of another length or method', async () => {
    const { sig } = await signer.sign(Buffer.from('a'));
    expect(isSignatureValid(signer.key, method, Buffer.from('a'), sig.subarray(1))).toBe(false);
    expect(isSignatureValid(signer.key, method, Buffer.from('a'), Buffer.concat([sig, sig]))).toBe(false);
    expect(isSignatureValid(signer.key, 'pycrypto-pkcs#1 pss', Buffer.from('a'), sig)).toBe(false);
    const others = ['ecdsa', 'rsapss', 'rsapkcs1v15', 'eddsa'].filter((other) => other !== method);
    for (const other of others) expect(isSignatureValid(signer.key, other, Buffer.from('a'), sig)).toBe(false);
  });

  test('keeps its id and fingerprint through its wire form', () => {
    const again = new PublicKey(signer.key.keytype, Buffer.from(signer.key.bytes));
    expect(again.keyid).toBe(signer.key.keyid);
    expect(again.fingerprint).toBe(signer.key.fingerprint);
    expect(again.canonicalKeyid).toBe(again.keyid);
  });
});

test('a certificate has an id of its own, and the canonical id and fingerprint of the key in it', async () => {
  const privateKey = newPrivateKey();
  const key = certificateKey(newCertificate('a', {}, privateKey));
  const bare = publicKeyOf(privateKey);
  expect(key.keytype).toBe('ecdsa-x509');
  expect(key.keyid).not.toBe(bare.keyid);
  expect(key.canonicalKeyid).toBe(bare.keyid);
  expect(key.fingerprint).toBe(bare.fingerprint);
});

test.each([
  ['is of an unknown kind', new PublicKey('dilithium', Buffer.from('x'))],
  ['is no DER', new PublicKey('ecdsa', Buffer.from('x'))],
  ['is of another kind than it says', new PublicKey('rsa', publicKeyOf(newPrivateKey()).bytes)],
  ['is no PEM', new PublicKey('ecdsa-x509', Buffer.from('x'))],
  ['is cut off', new PublicKey('ed25519', Buffer.alloc(31))],
  ['is RSA below 2048 bits', publicKeyOf(rsa(1024))],
])('a key that %s has an id and verifies nothing', (_, key) => {
  expect(key.keyid).toMatch(/^[0-9a-f]{64}$/);
  expect(() => key.keyObject).toThrow(expect.objectContaining({ code: 'TUF_KEY_UNUSABLE' }));
  for (const method of ['ecdsa', 'rsapss', 'eddsa']) {
    expect(isSignatureValid(key, method, Buffer.alloc(1), Buffer.alloc(64))).toBe(false);
  }
});
