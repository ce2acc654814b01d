import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encryptPrivateKey } from '../../src/pki/index.ts';

/** What the recording of `trust key load` makes by openssl. */
export async function writeKeyFiles(home: string): Promise<void> {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const sec1 = { type: 'sec1', format: 'pem' } as const;
  const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
  const files: readonly (readonly [string, string | Buffer, number])[] = [
    ['ext.pem', ec.privateKey.export(sec1), 0o600],
    ['open.pem', ec.privateKey.export(sec1), 0o644],
    ['ext.pub', ec.publicKey.export({ type: 'spki', format: 'pem' }), 0o644],
    ['rsa.pem', rsa(2048).export({ type: 'pkcs1', format: 'pem' }), 0o600],
    ['rsa1024.pem', rsa(1024).export({ type: 'pkcs1', format: 'pem' }), 0o600],
    ['junk.pem', 'junk\n', 0o600],
    ['legacy.pem', ec.privateKey.export({ ...sec1, cipher: 'aes256', passphrase: 'legacy-pass' }), 0o600],
  ];
  for (const [name, text, mode] of files) await writeFile(join(home, name), text, { mode });
}

/** One key as each of openssl's formats has it, encrypted and not. */
export async function writeEncryptedKeyFiles(home: string): Promise<void> {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
  const legacy = { type: 'sec1', format: 'pem', cipher: 'aes256', passphrase: 'legacy-pass' } as const;
  const files: readonly (readonly [string, string | Buffer])[] = [
    ['k.pem', key.export({ type: 'sec1', format: 'pem' })],
    ['legacy.pem', key.export(legacy)],
    ['modern.pem', key.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'modern-pass' })],
    ['sha1prf.pem', encryptPrivateKey(key, 'sha1prf-pass', { role: '' })],
    ['ed.pem', generateKeyPairSync('ed25519').privateKey.export(pkcs8)],
  ];
  for (const [name, text] of files) await writeFile(join(home, name), text, { mode: 0o600 });
}
