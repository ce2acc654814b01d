import { join } from 'node:path';
import { type Log, TrustSandboxError } from '../core/index.ts';
import { type PrivateKeyFile, parsePrivateKeyFile } from '../pki/index.ts';
import { KeyFileOpenError } from './key-errors.ts';
import { isKeyid, type KeyInfo } from './key-info.ts';
import { migrateLegacyKeys } from './legacy-keys.ts';
import { findFile, findMode, isForOthers, listFolder, removeFile, writePrivateFile } from './private-file.ts';

const MAX_KEY_FILE_BYTES = 256 * 1024;
const EXTENSION = '.key';

/**
 * The key files of a trust directory, `private/<keyid>.key`, still closed. Those that notary 0.4 wrote elsewhere are moved
 * there first.
 */
export class KeyFiles {
  readonly #folder: string;
  readonly #log: Log;
  #migrated: Promise<void> | undefined;

  constructor(folder: string, log: Log) {
    this.#folder = folder;
    this.#log = log;
  }

  /** By keyid. What is no key file is passed over with a warning. */
  async list(): Promise<readonly KeyInfo[]> {
    await this.#migrate();
    const names = (await listFolder(this.#folder)).filter((name) => isKeyFileName(name));
    const found = await Promise.all(names.map((name) => this.findInfo(name.slice(0, -EXTENSION.length))));
    return found.filter((info) => info !== undefined);
  }

  /** Undefined, with a warning, for a file that is none. Who may read it does not matter: nothing is done with the key. */
  async findInfo(keyid: string): Promise<KeyInfo | undefined> {
    try {
      const text = await this.#read(keyid);
      const file = text === undefined ? undefined : parsePrivateKeyFile(text);
      return file && { keyid, role: file.role ?? '', gun: file.gun };
    } catch (thrown) {
      if (!(thrown instanceof TrustSandboxError)) throw thrown;
      this.#log.warn('key file passed over', { keyid, reason: thrown.message });
      return undefined;
    }
  }

  /** @throws {PemInvalidError | KeyFileInvalidError | FileTooLargeError | KeyFileOpenError} */
  async find(keyid: string): Promise<PrivateKeyFile | undefined> {
    const text = await this.findText(keyid);
    return text === undefined ? undefined : parsePrivateKeyFile(text);
  }

  /** The file as it is, if it and its folder are its owner's alone. @throws {FileTooLargeError | KeyFileOpenError} */
  async findText(keyid: string): Promise<string | undefined> {
    const text = await this.#read(keyid);
    if (text === undefined) return undefined;
    if (isForOthers(await findMode(this.#folder))) throw new KeyFileOpenError(this.#folder, '700');
    if (isForOthers(await findMode(this.#path(keyid)))) throw new KeyFileOpenError(this.#path(keyid), '600');
    return text;
  }

  async has(keyid: string): Promise<boolean> {
    return (await this.#read(keyid)) !== undefined;
  }

  async #read(keyid: string): Promise<string | undefined> {
    await this.#migrate();
    if (!isKeyid(keyid)) return undefined;
    return (await findFile(this.#path(keyid), MAX_KEY_FILE_BYTES))?.toString('latin1');
  }

  /** @throws {TypeError} no keyid */
  async put(keyid: string, text: string): Promise<void> {
    if (!isKeyid(keyid)) throw new TypeError('a key file is named by its keyid');
    await writePrivateFile(this.#path(keyid), Buffer.from(text, 'latin1'));
  }

  async remove(keyid: string): Promise<void> {
    await removeFile(this.#path(keyid));
  }

  #path(keyid: string): string {
    return join(this.#folder, keyid + EXTENSION);
  }

  #migrate(): Promise<void> {
    this.#migrated ??= migrateLegacyKeys(this.#folder, this.#log);
    return this.#migrated;
  }
}

function isKeyFileName(name: string): boolean {
  return name.endsWith(EXTENSION) && isKeyid(name.slice(0, -EXTENSION.length));
}
