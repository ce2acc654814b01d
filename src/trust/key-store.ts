import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type Clock, type Log, silentLog } from '../core/index.ts';
import {
  createRootCertificate,
  decryptPrivateKey,
  type ExternalKey,
  encryptPrivateKey,
  isEncryptedKeyFile,
  type RandomBytes,
  systemRandom,
} from '../pki/index.ts';
import { certificateKey, openSigner, type PublicKey, publicKeyOf, type Signer } from '../tuf/index.ts';
import { KeyFileMismatchError, KeyOnTokenError, SigningKeyNotFoundError, TokenMissingError } from './key-errors.ts';
import { KeyFiles } from './key-files.ts';
import { type KeyInfo, ROLES_WITH_GUN } from './key-info.ts';
import type { KeyToken, TokenKey } from './key-token.ts';
import { decryptAsked } from './opened-key.ts';
import { askNewPassphrase, type PassphraseSource } from './passphrase.ts';
import type { TrustDirectory } from './trust-directory.ts';

/** Keys on tokens are EC keys. */
const TOKEN_METHOD = 'ecdsa';

export interface KeyStoreOptions {
  readonly random?: RandomBytes;
  readonly log?: Log;
  readonly token?: KeyToken | undefined;
}

/** The private keys of a trust directory, and of a token. Opened keys stay in memory as long as the store does. */
export class KeyStore {
  readonly #files: KeyFiles;
  readonly #passphrases: PassphraseSource;
  readonly #random: RandomBytes;
  readonly #token: KeyToken | undefined;
  readonly #opened = new Map<string, KeyObject>();

  constructor(
    directory: TrustDirectory,
    passphrases: PassphraseSource,
    { random = systemRandom, log = silentLog, token }: KeyStoreOptions = {},
  ) {
    this.#files = new KeyFiles(directory.privateFolder, log);
    this.#passphrases = passphrases;
    this.#random = random;
    this.#token = token;
  }

  /** All keys, those on the token first, then files by keyid. What is no key file is passed over with a warning. */
  async list(): Promise<readonly KeyInfo[]> {
    return [...(await this.#tokenKeys()).map(infoOf), ...(await this.#files.list())];
  }

  /** Keys whose file says `role`, by keyid. */
  async listRole(role: string): Promise<readonly KeyInfo[]> {
    return (await this.list()).filter((info) => info.role === role);
  }

  async find(keyid: string): Promise<KeyInfo | undefined> {
    const inFile = await this.#files.findInfo(keyid);
    if (inFile) return inFile;
    const onToken = await this.#findOnToken(keyid);
    return onToken && infoOf(onToken);
  }

  /**
   * Opens a key, asking for its passphrase until one fits or the source gives up.
   * @throws {SigningKeyNotFoundError | PassphraseInvalidError | PassphraseAttemptsError | KeyFileMismatchError}
   * @throws {PemInvalidError | KeyFileInvalidError | DerInvalidError | EncryptionUnsupportedError} a broken file
   */
  async open(keyid: string): Promise<KeyObject> {
    const opened = this.#opened.get(keyid);
    if (opened) return opened;
    const file = await this.#files.find(keyid);
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
    await this.#files.put(keyid, encryptPrivateKey(key, passphrase, info, this.#random));
    this.#opened.set(keyid, key);
    return info;
  }

  /**
   * A key's file as it is, still encrypted, by which it can be carried elsewhere; undefined when there is no such key.
   * @throws {FileTooLargeError}
   */
  findFile(keyid: string): Promise<string | undefined> {
    return this.#files.findText(keyid);
  }

  /** Writes the file of a key that stays closed; that it holds the key `keyid` shows when it is opened. @throws {TypeError} no keyid */
  async putFile(keyid: string, text: string): Promise<void> {
    this.#opened.delete(keyid);
    await this.#files.put(keyid, text);
  }

  /** Its file; what is on a token stays there. */
  async remove(keyid: string): Promise<void> {
    this.#opened.delete(keyid);
    await this.#files.remove(keyid);
  }

  async #openAnywhere(keyid: string): Promise<KeyObject | ExternalKey> {
    const opened = this.#opened.get(keyid);
    if (opened) return opened;
    const isFile = await this.#files.has(keyid);
    const onToken = isFile ? undefined : await this.#findOnToken(keyid);
    return onToken ? onToken.open() : this.open(keyid);
  }

  async #tokenKeys(): Promise<readonly TokenKey[]> {
    return (await this.#token?.list()) ?? [];
  }

  async #findOnToken(keyid: string): Promise<TokenKey | undefined> {
    return (await this.#tokenKeys()).find((key) => key.keyid === keyid);
  }
}

const infoOf = ({ keyid, role, gun, token }: TokenKey): KeyInfo => ({ keyid, role, gun, token });
