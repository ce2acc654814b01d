import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRootCertificate, encryptPrivateKey } from '../pki/index.ts';
import { certificateKey, publicKeyOf } from '../tuf/index.ts';
import { KeyStore } from './key-store.ts';
import { scriptedPassphrases } from './testing/scripted-passphrases.ts';
import { TrustDirectory } from './trust-directory.ts';

const code = (code: string) => expect.objectContaining({ code });
const gun = 'r:5000/a';
let home: string;
let directory: TrustDirectory;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'keys-'));
  directory = new TrustDirectory(home);
});
afterEach(() => rm(home, { recursive: true, force: true }));

const store = (passphrase = 'correct horse') => new KeyStore(directory, scriptedPassphrases(passphrase));
const keyFile = (keyid: string) => join(directory.privateFolder, `${keyid}.key`);

describe('a key store', () => {
  test('lists nothing in a directory that is not there', async () => {
    expect(await store().list()).toEqual([]);
  });

  test('opens in a later process what it made', async () => {
    const made = await store().create({ role: 'targets', gun });
    expect(await store().list()).toEqual([{ keyid: made.keyid, role: 'targets', gun }]);
    expect(publicKeyOf(await store().open(made.keyid)).keyid).toBe(made.keyid);
  });

  test.each([
    ['root', undefined],
    ['alice', undefined],
    ['snapshot', gun],
  ])('files a key of %s under the GUN %s', async (role, filed) => {
    const { keyid } = await store().create({ role, gun });
    expect(await store().find(keyid)).toEqual({ keyid, role, gun: filed });
  });

  test.each([
    { why: 'a key file', mode: 0o640, path: (keyid: string) => keyFile(keyid) },
    { why: 'the folder of keys', mode: 0o711, path: () => directory.privateFolder },
  ])('lists and removes, but does not use, a key while others have access to $why', async ({ mode, path }) => {
    const { keyid } = await store().create({ role: 'targets', gun });
    await chmod(path(keyid), mode);
    await expect(store().open(keyid)).rejects.toThrow(code('KEY_FILE_OPEN'));
    await expect(store().open(keyid)).rejects.toThrow(`chmod ${mode === 0o640 ? '600' : '700'} ${path(keyid)}`);
    expect(await store().list()).toHaveLength(1);
    await store().remove(keyid);
    expect(await store().list()).toEqual([]);
  });

  test('signs as the certificate that metadata lists', async () => {
    const keys = store();
    const { keyid } = await keys.create({ role: 'root' });
    const clock = { now: () => new Date() };
    const certificate = certificateKey(createRootCertificate({ gun, key: await keys.open(keyid), clock }));
    const signature = await (await keys.signer(certificate)).sign(Buffer.from('x'));
    expect(signature.keyid).toBe(certificate.keyid);
    expect(signature.keyid).not.toBe(keyid);
  });

  test.each([
    { why: 'is not there', keyid: 'a'.repeat(64), expected: 'SIGNING_KEY_NOT_FOUND' },
    { why: 'has a name that climbs', keyid: '../../etc/passwd', expected: 'SIGNING_KEY_NOT_FOUND' },
  ])('says so when a key $why', async ({ keyid, expected }) => {
    await expect(store().open(keyid)).rejects.toThrow(code(expected));
  });

  test('gives up after wrong passphrases, and does not take the file for another key', async () => {
    const [one, two] = [await store().create({ role: 'a' }), await store().create({ role: 'b' })];
    await expect(store('wrong').open(one.keyid)).rejects.toThrow(code('PASSPHRASE_INVALID'));
    await rename(keyFile(one.keyid), keyFile(two.keyid));
    await expect(store().open(two.keyid)).rejects.toThrow(code('KEY_FILE_MISMATCH'));
  });

  test('writes nothing when no passphrase is to be had', async () => {
    const mute = new KeyStore(directory, { ask: async () => ({ kind: 'refused' }) });
    await expect(mute.create({ role: 'root' })).rejects.toThrow(code('PASSPHRASE_ATTEMPTS'));
    expect(await readdir(home)).toEqual([]);
  });

  test('passes over what is no key file', async () => {
    await mkdir(directory.privateFolder, { recursive: true });
    await writeFile(keyFile('a'.repeat(64)), 'no PEM');
    await writeFile(join(directory.privateFolder, 'notes.txt'), 'mine');
    await writeFile(keyFile('b'.repeat(64)), Buffer.alloc(300 * 1024));
    expect(await store().list()).toEqual([]);
  });

  test('needs no passphrase for a key that is not encrypted', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const { keyid } = publicKeyOf(privateKey);
    await mkdir(directory.privateFolder, { recursive: true, mode: 0o700 });
    await writeFile(keyFile(keyid), encryptPrivateKey(privateKey, '', { role: 'alice' }), { mode: 0o600 });
    expect(publicKeyOf(await store('wrong').open(keyid)).keyid).toBe(keyid);
  });

  test('moves keys of the oldest layout, role in the name and GUN in the path', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { keyid } = publicKeyOf(privateKey);
    const folder = join(directory.privateFolder, 'tuf_keys', 'r:5000', 'a');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const pem = privateKey.export({ type: 'sec1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' });
    await writeFile(join(folder, `${keyid}_targets.key`), pem);
    await writeFile(join(folder, 'README'), 'stays');
    expect(await store().list()).toEqual([{ keyid, role: 'targets', gun }]);
    expect(publicKeyOf(await store().open(keyid)).keyid).toBe(keyid);
    expect(await readdir(folder)).toEqual(['README']);
    expect((await readFile(keyFile(keyid), 'utf8')).split('\n')[1]).toBe('Proc-Type: 4,ENCRYPTED');
  });
});
