import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decryptPrivateKey, encryptPrivateKey, parsePrivateKeyFile } from '../../src/pki/index.ts';

interface KeyVector {
  readonly file: string;
  readonly pem_type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly passphrase: string;
  readonly key_id: string;
  readonly keytype: string;
  readonly public: string;
}

const recordings = new URL('./recordings/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, recordings), 'utf8');
const vectors: readonly KeyVector[] = JSON.parse(read('trust-dir/vectors.json'));
const spki = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');

/** All of an encrypted key file's first bytes but salt and IV: the algorithms and how they are spelt. */
function cipherSpelling(bytes: Buffer): string {
  const salt = bytes.indexOf(Buffer.from('0408', 'hex')) + 2;
  const iv = bytes.indexOf(Buffer.from('0410', 'hex'), salt + 8) + 2;
  return [bytes.subarray(4, salt), bytes.subarray(salt + 8, iv)].map((part) => part.toString('hex')).join(' ');
}

describe.each(vectors)('$file', (vector) => {
  const file = parsePrivateKeyFile(read(vector.file));

  test('has the role and GUN of the recording', () => {
    expect(file).toMatchObject({ label: vector.pem_type, role: vector.headers.role });
    expect(file.gun).toBe(vector.headers.gun);
  });

  test('opens with its passphrase, and gives the public key and ID of the recording', () => {
    const found = spki(decryptPrivateKey(file, vector.passphrase));
    expect(found).toBe(vector.public);
    const canonical = `{"keytype":"${vector.keytype}","keyval":{"private":null,"public":"${found}"}}`;
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(vector.key_id);
  });

  test('does not open with another passphrase', () => {
    expect(() => decryptPrivateKey(file, 'another-passphrase')).toThrow(
      expect.objectContaining({ code: 'PASSPHRASE_INCORRECT' }),
    );
  });

  test('is written by us in the same form and size', () => {
    const key = decryptPrivateKey(file, vector.passphrase);
    const ours = encryptPrivateKey(key, vector.passphrase, { role: file.role ?? '', gun: file.gun });
    if (file.form !== 'encrypted-pkcs8') return;
    expect(ours.split('\n').slice(0, 3)).toEqual(read(vector.file).split('\n').slice(0, 3));
    expect(ours).toHaveLength(read(vector.file).length);
    expect(cipherSpelling(parsePrivateKeyFile(ours).bytes)).toBe(cipherSpelling(file.bytes));
  });
});
