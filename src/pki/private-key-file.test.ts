import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { derInteger, derOctetString, derOid, derSequence } from './der.ts';
import { formatPem } from './pem.ts';
import { decryptPrivateKey, encryptPrivateKey, isEncryptedKeyFile, parsePrivateKeyFile } from './private-key-file.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const kinds: [string, KeyObject][] = [
  ['P-256', ec],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ['Ed25519', generateKeyPairSync('ed25519').privateKey],
];
const spki = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
const code = (code: string): object => expect.objectContaining({ code });

describe('encryptPrivateKey', () => {
  test.each(kinds)('writes a %s key that decryptPrivateKey opens', (_, key) => {
    const file = parsePrivateKeyFile(encryptPrivateKey(key, 'correct horse', { role: 'targets', gun: 'r:5000/a' }));
    expect(file).toMatchObject({ form: 'encrypted-pkcs8', role: 'targets', gun: 'r:5000/a' });
    expect(spki(decryptPrivateKey(file, 'correct horse'))).toBe(spki(key));
  });

  test('writes headers by name, an empty line, then base64 in 64 columns', () => {
    const lines = encryptPrivateKey(ec, 'correct horse', { role: 'targets', gun: 'r:5000/a' }).split('\n');
    expect(lines.slice(0, 4)).toEqual(['-----BEGIN ENCRYPTED PRIVATE KEY-----', 'gun: r:5000/a', 'role: targets', '']);
    expect(lines[4]).toHaveLength(64);
    expect(lines.slice(-2)).toEqual(['-----END ENCRYPTED PRIVATE KEY-----', '']);
  });

  test('writes what OpenSSL opens once the headers are gone', () => {
    const { bytes } = parsePrivateKeyFile(encryptPrivateKey(ec, 'correct horse', { role: 'root' }));
    const opened = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8', passphrase: 'correct horse' });
    expect(spki(opened)).toBe(spki(ec));
  });

  test('leaves the key bare when the passphrase is empty', () => {
    const file = parsePrivateKeyFile(encryptPrivateKey(ec, '', { role: 'root' }));
    expect(file).toMatchObject({ form: 'pkcs8', label: 'PRIVATE KEY', role: 'root', gun: undefined });
    expect(isEncryptedKeyFile(file)).toBe(false);
    expect(spki(decryptPrivateKey(file, ''))).toBe(spki(ec));
  });

  test('refuses a role that would add a header of its own', () => {
    expect(() => encryptPrivateKey(ec, 'x', { role: 'root\ngun: other' })).toThrow(code('PEM_INVALID'));
  });
});

describe('decryptPrivateKey', () => {
  test.each([
    { form: 'encrypted PKCS#8 of OpenSSL (HMAC-SHA256)', type: 'pkcs8' as const, cipher: 'aes-256-cbc' },
    { form: 'encrypted PKCS#8, AES-128', type: 'pkcs8' as const, cipher: 'aes-128-cbc' },
    { form: 'legacy with DEK-Info', type: 'sec1' as const, cipher: 'aes-256-cbc' },
    { form: 'legacy with DEK-Info, AES-128', type: 'sec1' as const, cipher: 'aes-128-cbc' },
  ])('opens $form', ({ type, cipher }) => {
    const file = parsePrivateKeyFile(ec.export({ type, format: 'pem', cipher, passphrase: 'pw' }).toString());
    expect(isEncryptedKeyFile(file)).toBe(true);
    expect(spki(decryptPrivateKey(file, 'pw'))).toBe(spki(ec));
    expect(() => decryptPrivateKey(file, 'wrong')).toThrow(code('PASSPHRASE_INCORRECT'));
  });

  test.each([
    ['EC PRIVATE KEY', ec.export({ type: 'sec1', format: 'pem' })],
    ['PRIVATE KEY', ec.export({ type: 'pkcs8', format: 'pem' })],
  ])('opens a bare %s', (label, pem) => {
    const file = parsePrivateKeyFile(pem.toString());
    expect(file.label).toBe(label);
    expect(spki(decryptPrivateKey(file, ''))).toBe(spki(ec));
  });

  test('tells every wrong passphrase so, also where the padding happens to come out right', () => {
    const file = parsePrivateKeyFile(encryptPrivateKey(ec, 'correct horse', { role: 'root' }));
    const wrong = fc.string().filter((text) => text !== 'correct horse');
    fc.assert(
      fc.property(wrong, (text) => {
        expect(() => decryptPrivateKey(file, text)).toThrow(code('PASSPHRASE_INCORRECT'));
      }),
      { numRuns: 600 },
    );
  });

  test.each([
    { why: 'holds no block', text: 'nothing', code: 'PEM_INVALID' },
    {
      why: 'is not base64',
      text: formatPem('PRIVATE KEY', Buffer.from('x')).replace('eA==', '*!'),
      code: 'PEM_INVALID',
    },
    { why: 'holds a certificate', text: formatPem('CERTIFICATE', Buffer.from('x')), code: 'KEY_FILE_INVALID' },
    { why: 'holds no DER', text: formatPem('PRIVATE KEY', Buffer.from('x')), code: 'PRIVATE_KEY_INVALID' },
    {
      why: 'is cut short',
      text: formatPem('ENCRYPTED PRIVATE KEY', Buffer.from('3081ff', 'hex')),
      code: 'DER_INVALID',
    },
  ])('refuses a file that $why', ({ text, code: expected }) => {
    expect(() => decryptPrivateKey(parsePrivateKeyFile(text), 'pw')).toThrow(code(expected));
  });

  test('refuses a round count made to hold the program', () => {
    const greedy = encryptedKey(
      derOid('1.2.840.113549.1.5.12'),
      derSequence(derOctetString(salt), derInteger(0x7fffffff)),
    );
    expect(() => decryptPrivateKey(parsePrivateKeyFile(greedy), 'pw')).toThrow(code('ENCRYPTION_UNSUPPORTED'));
  });

  test('refuses a key derived in another way than by PBKDF2', () => {
    const scrypt = encryptedKey(derOid('1.3.6.1.4.1.11591.4.11'), derSequence(derOctetString(salt)));
    expect(() => decryptPrivateKey(parsePrivateKeyFile(scrypt), 'pw')).toThrow(code('ENCRYPTION_UNSUPPORTED'));
  });
});

const salt = Buffer.alloc(8);

function encryptedKey(...derivation: Buffer[]): string {
  const scheme = derSequence(derOid('2.16.840.1.101.3.4.1.42'), derOctetString(Buffer.alloc(16)));
  const parameters = derSequence(derSequence(...derivation), scheme);
  const algorithm = derSequence(derOid('1.2.840.113549.1.5.13'), parameters);
  return formatPem('ENCRYPTED PRIVATE KEY', derSequence(algorithm, derOctetString(Buffer.alloc(16))));
}
