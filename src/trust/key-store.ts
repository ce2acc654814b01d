import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, type Log, silentLog, TrustSandboxError } from '../core/index.ts';
import {
  createRootCertificate,
  decryptPrivateKey,
  type ExternalKey,
  encryptPrivateKey,
  isEncryptedKeyFile,
  type PrivateKeyFile,
  parsePrivateKeyFile,
  type RandomBytes,
  systemRandom,
} from '../pki/index.ts';
import { certificateKey, openSigner, type PublicKey, publicKeyOf, type Signer } from '../tuf/index.ts';
import type { KeyToken, TokenKey } from './key-token.ts';
import { migrateLegacyKeys } from './legacy-keys.ts';
import { decryptAsked } from './opened-key.ts';
import { askNewPassphrase, type PassphraseSource } from './passphrase.ts';
import { findFile, listFolder, removeFile, writePrivateFile } from './private-file.ts';
import type { TrustDirectory } from './trust-directory.ts';

/** No such private key here. */
export class SigningKeyNotFoundError extends TrustSandboxError {
  readonly code = 'SIGNING_KEY_NOT_FOUND';
  readonly keyid: string;
  constructor(keyid: string) {
    super(`signing key not found: ${keyid}`);
    this.keyid = keyid;
  }
}

/** A key file that holds another key than its name says. */
export class KeyFileMismatchError extends TrustSandboxError {
  readonly code = 'KEY_FILE_MISMATCH';
  constructor(keyid: string, found: string) {
    super(`the file of key ${keyid} holds key ${found}`);
  }
}

/** A key on a token, which does not give it out. */
export class KeyOnTokenError extends TrustSandboxError {
  readonly code = 'KEY_ON_TOKEN';
  constructor(keyid: string) {
    super(`key ${keyid} is on a token, which does not give it out`);
  }
}

/** No token is configured. */
export class TokenMissingError extends TrustSandboxError {
  readonly code = 'TOKEN_MISSING';
  constructor() {
    super('no token is configured: see trustToken in docs/trust-keys.md');
  }
}

/** A private key as listed, still closed. `role` is `root`, `targets`, `snapshot` or a signer's name. */
export interface KeyInfo {
  /** Canonical keyid, which is also the file's name. */
  readonly keyid: string;
  readonly role: string;
  readonly gun: string | undefined;
  /** Label of the token that it is on; absent for key files. */
  readonly token?: string | undefined;
}

const MAX_KEY_FILE_BYTES = 256 * 1024;
const EXTENSION = '.key';
/** Keys on tokens are EC keys. */
const TOKEN_METHOD = 'ecdsa';
/** Only these roles' keys belong to one GUN; root and signers' keys serve any. */
const ROLES_WITH_GUN: ReadonlySet<string> = new Set(['targets', 'snapshot', 'timestamp']);

/** The private keys of a trust directory. Opened keys stay in memory as long as the store does. */
export class KeyStore {
  readonly #directory: TrustDirectory;
  readonly #passphrases: PassphraseSource;
  readonly #random: RandomBytes;
  readonly #log: Log;
  readonly #token: KeyToken | undefined;
  readonly #opened = new Map<string, KeyObject>();
  #migrated: Promise<void> | undefined;

  constructor(
    directory: TrustDirectory,
    passphrases: PassphraseSource,
    {
      random = systemRandom,
      log = silentLog,
      token,
    }: { readonly random?: RandomBytes; readonly log?: Log; readonly token?: KeyToken | undefined } = {},
  ) {
    this.#directory = directory;
    this.#passphrases = passphrases;
    this.#random = random;
    this.#log = log;
    this.#token = token;
  }

  /** All keys, those on the token first, then files by keyid. What is no key file is passed over with a warning. */
  async list(): Promise<readonly KeyInfo[]> {
    await this.#migrate();
    const names = (await listFolder(this.#directory.privateFolder)).filter((name) => isKeyFileName(name));
    const found = await Promise.all(names.map((name) => this.#findInfo(name.slice(0, -EXTENSION.length))));
    const files = found.filter((info) => info !== undefined);
    const onToken = (await this.#tokenKeys()).map(({ keyid, role, gun, token }) => ({ keyid, role, gun, token }));
    return [...onToken, ...files];
  }

  /** Keys whose file says `role`, by keyid. */
  async listRole(role: string): Promise<readonly KeyInfo[]> {
    return (await this.list()).filter((info) => info.role === role);
  }

  async find(keyid: string): Promise<KeyInfo | undefined> {
    await this.#migrate();
    const inFile = await this.#findInfo(keyid);
    if (inFile) return inFile;
    const onToken = await this.#findOnToken(keyid);
    return onToken && { keyid, role: onToken.role, gun: onToken.gun, token: onToken.token };
  }

  /**
   * Opens a key, asking for its passphrase until one fits or the source gives up.
   * @throws {SigningKeyNotFoundError | PassphraseInvalidError | PassphraseAttemptsError | KeyFileMismatchError}
   * @throws {PemInvalidError | KeyFileInvalidError | DerInvalidError | EncryptionUnsupportedError} a broken file
   */
  async open(keyid: string): Promise<KeyObject> {
    await this.#migrate();
    const opened = this.#opened.get(keyid);
    if (opened) return opened;
    const file = await this.#findKeyFile(keyid);
    if (!file) throw (await this.#findOnToken(keyid)) ? new KeyOnTokenError(keyid) : new SigningKeyNotFoundError(keyid);
    const key = isEncryptedKeyFile(file)
      ? await decryptAsked(file, this.#passphrases, { keyid, role: file.role ?? '' })
      : decryptPrivateKey(file, '');
    const found = publicKeyOf(key).keyid;
    if (found !== keyid) throw new KeyFileMismatchError(keyid, found);
    this.#opened.set(keyid, key);
    return key;
  }

  /**
   * Opens the private key that belongs to `key` as metadata lists it, a certificate perhaps.
   * @throws as `open`, and {KeyUnusableError}
   */
  async signer(key: PublicKey): Promise<Signer> {
    const found = await this.#openAnywhere(key.canonicalKeyid);
    if (!('sign' in found)) return openSigner(found, key);
    return {
      key,
      sign: async (bytes) => ({ keyid: key.keyid, method: TOKEN_METHOD, sig: found.sign(bytes) }),
    };
  }

  /** Asks for what opens a key, passphrase or PIN. @throws as `open`, and {TokenPinError | TokenError} */
  async unlock(keyid: string): Promise<void> {
    await this.#openAnywhere(keyid);
  }

  /** The public part of a key, which is opened for it. @throws as `unlock` */
  async publicKey(keyid: string): Promise<PublicKey> {
    const found = await this.#openAnywhere(keyid);
    return publicKeyOf('sign' in found ? found.publicKey : found);
  }

  /** A certificate of a key for a GUN, by which it can be a root key. @throws as `unlock` */
  async certify(keyid: string, { gun, clock }: { readonly gun: string; readonly clock: Clock }): Promise<PublicKey> {
    return certificateKey(createRootCertificate({ gun, clock, key: await this.#openAnywhere(keyid) }));
  }

  /** Makes a key on the token. @throws {TokenMissingError} and as `KeyToken.create` */
  async createOnToken(owner: { readonly role: string; readonly gun?: string | undefined }): Promise<TokenKey> {
    if (!this.#token) throw new TokenMissingError();
    return this.#token.create(owner);
  }

  /**
   * Makes an ECDSA P-256 key, asks for a passphrase and writes the key file.
   * @throws {PassphraseAttemptsError} nothing is written then
   */
  async create(owner: { readonly role: string; readonly gun?: string }): Promise<PublicKey> {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await this.add(privateKey, owner);
    return publicKeyOf(privateKey);
  }

  /**
   * Encrypts a key with a new passphrase and writes its file, in place of an older one of the same key.
   * @throws {PassphraseAttemptsError} nothing is written then
   */
  async add(key: KeyObject, { role, gun }: { readonly role: string; readonly gun?: string }): Promise<KeyInfo> {
    const { keyid } = publicKeyOf(key);
    const info = { keyid, role, gun: ROLES_WITH_GUN.has(role) ? gun : undefined };
    const passphrase = await askNewPassphrase(this.#passphrases, info);
    await writePrivateFile(this.#path(keyid), encryptPrivateKey(key, passphrase, info, this.#random));
    this.#opened.set(keyid, key);
    return info;
  }

  /**
   * A key's file as it is, still encrypted, by which it can be carried elsewhere; undefined when there is no such key.
   * @throws {FileTooLargeError}
   */
  async findFile(keyid: string): Promise<string | undefined> {
    await this.#migrate();
    if (!isKeyid(keyid)) return undefined;
    return (await findFile(this.#path(keyid), MAX_KEY_FILE_BYTES))?.toString('latin1');
  }

  /** Writes the file of a key that stays closed; that it holds the key `keyid` shows when it is opened. @throws {TypeError} no keyid */
  async putFile(keyid: string, text: string): Promise<void> {
    if (!isKeyid(keyid)) throw new TypeError('a key file is named by its keyid');
    this.#opened.delete(keyid);
    await writePrivateFile(this.#path(keyid), Buffer.from(text, 'latin1'));
  }

  async remove(keyid: string): Promise<void> {
    this.#opened.delete(keyid);
    await removeFile(this.#path(keyid));
  }

  async #openAnywhere(keyid: string): Promise<KeyObject | ExternalKey> {
    const opened = this.#opened.get(keyid);
    if (opened) return opened;
    await this.#migrate();
    const isFile = (await this.#findKeyFile(keyid)) !== undefined;
    const onToken = isFile ? undefined : await this.#findOnToken(keyid);
    return onToken ? onToken.open() : this.open(keyid);
  }

  async #tokenKeys(): Promise<readonly TokenKey[]> {
    return (await this.#token?.list()) ?? [];
  }

  async #findOnToken(keyid: string): Promise<TokenKey | undefined> {
    return (await this.#tokenKeys()).find((key) => key.keyid === keyid);
  }

  async #findInfo(keyid: string): Promise<KeyInfo | undefined> {
    try {
      const file = await this.#findKeyFile(keyid);
      return file && { keyid, role: file.role ?? '', gun: file.gun };
    } catch (thrown) {
      if (!(thrown instanceof TrustSandboxError)) throw thrown;
      this.#log.warn('key file passed over', { keyid, reason: thrown.message });
      return undefined;
    }
  }

  async #findKeyFile(keyid: string): Promise<PrivateKeyFile | undefined> {
    if (!isKeyid(keyid)) return undefined;
    const bytes = await findFile(this.#path(keyid), MAX_KEY_FILE_BYTES);
    return bytes && parsePrivateKeyFile(bytes.toString('latin1'));
  }

  #path(keyid: string): string {
    return join(this.#directory.privateFolder, keyid + EXTENSION);
  }

  #migrate(): Promise<void> {
    this.#migrated ??= migrateLegacyKeys(this.#directory.privateFolder, this.#log);
    return this.#migrated;
  }
}

const UNAVAILABLE: ReadonlySet<string> = new Set([
  'SIGNING_KEY_NOT_FOUND',
  'PASSPHRASE_INVALID',
  'PASSPHRASE_ATTEMPTS',
  'KEY_FILE_MISMATCH',
  'KEY_FILE_INVALID',
  'PEM_INVALID',
  'DER_INVALID',
  'ENCRYPTION_UNSUPPORTED',
  'PRIVATE_KEY_INVALID',
]);

/** Whether a key could not be opened because it is missing, broken or closed to us; another key may do. */
export function isKeyUnavailable(thrown: unknown): boolean {
  return thrown instanceof TrustSandboxError && UNAVAILABLE.has(thrown.code);
}

/** Whether text can name a key, and so its file. */
export function isKeyid(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function isKeyFileName(name: string): boolean {
  return name.endsWith(EXTENSION) && isKeyid(name.slice(0, -EXTENSION.length));
}

/**
 * Writes a key anew, opened by one store and encrypted with the passphrases of another over the same directory, which must
 * not know the old one.
 * @throws as `KeyStore.open` and `KeyStore.add`
 */
export async function recodeKey(keyid: string, from: KeyStore, to: KeyStore): Promise<void> {
  const info = await from.find(keyid);
  const { role = '', gun } = info ?? {};
  await to.add(await from.open(keyid), { role, ...(gun !== undefined && { gun }) });
}
