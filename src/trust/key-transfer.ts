import type { KeyObject } from 'node:crypto';
import { basename, dirname } from 'node:path/posix';
import { type Log, TrustSandboxError } from '../core/index.ts';
import {
  decryptPrivateKey,
  formatPem,
  isEncryptedKeyFile,
  type PemBlock,
  parsePem,
  parsePrivateKeyFile,
} from '../pki/index.ts';
import { publicKeyOf } from '../tuf/index.ts';
import { KeyOnTokenError, SigningKeyNotFoundError } from './key-errors.ts';
import { isKeyid, type KeyInfo, ROLES_WITH_GUN } from './key-info.ts';
import type { KeyStore } from './key-store.ts';
import { decryptAsked } from './opened-key.ts';
import type { PassphraseSource } from './passphrase.ts';

/** Keys that were to be taken in and could not be. Others of the same text were. */
export class KeyImportError extends TrustSandboxError {
  readonly code = 'KEY_IMPORT';
}

/** What is said of keys whose PEM headers do not. */
export interface KeyImport {
  readonly role?: string | undefined;
  readonly gun?: string | undefined;
  readonly log?: Log;
  /** Opens keys that are encrypted and do not say their id; they are not taken when absent. */
  readonly passphrases?: PassphraseSource;
}

const DEFAULT_ROLE = 'delegation';
const LEGACY_FOLDER = 'tuf_keys';

/** Key files as PEM blocks one after the other, as they are on disk, each with its name as header `path`. */
export async function exportKeys(keys: KeyStore, keyids: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const keyid of keyids) {
    const file = await keys.findFile(keyid);
    if (file === undefined)
      throw (await keys.find(keyid)) ? new KeyOnTokenError(keyid) : new SigningKeyNotFoundError(keyid);
    for (const { label, bytes, headers } of parsePem(file)) {
      texts.push(formatPem(label, bytes, { ...Object.fromEntries(headers), path: keyid }));
    }
  }
  return texts.join('');
}

/**
 * Takes every key of a PEM text into the store: those that are not encrypted under a new passphrase, others as they are,
 * under the id that their header `path` has. What the store has of the same key is replaced.
 * @throws {KeyImportError} after all others were taken in: no key, a key of one GUN that does not say which, or an
 * encrypted one that does not say its id
 * @throws {PemInvalidError | PassphraseAttemptsError}
 */
export async function importKeys(keys: KeyStore, text: string, options: KeyImport = {}): Promise<readonly KeyInfo[]> {
  const failed: string[] = [];
  const taken: KeyInfo[] = [];
  for (const block of parsePem(text)) {
    try {
      taken.push(await importKey(keys, block, options));
    } catch (thrown) {
      if (!(thrown instanceof KeyImportError)) throw thrown;
      failed.push('invalid key pem block');
      options.log?.warn(thrown.message);
    }
  }
  if (failed.length > 0) throw new KeyImportError(`failed to import all keys: ${failed.join(', ')}`);
  return taken;
}

async function importKey(
  keys: KeyStore,
  block: PemBlock,
  { role: fallbackRole, gun: fallbackGun, passphrases }: KeyImport,
): Promise<KeyInfo> {
  const path = block.headers.get('path') ?? '';
  const role = block.headers.get('role') || fallbackRole || DEFAULT_ROLE;
  const gun = ROLES_WITH_GUN.has(role) ? legacyGun(path) || block.headers.get('gun') || fallbackGun : undefined;
  if (ROLES_WITH_GUN.has(role) && !gun) {
    throw new KeyImportError(
      `failed to import key (${path}) to store: Cannot have canonical role key without a gun, don't know what gun it belongs to`,
    );
  }
  const keyid = basename(path);
  const opened = openPlain(block) ?? (isKeyid(keyid) ? undefined : await openEncrypted(block, passphrases));
  if (opened) {
    return keys.add(opened, { role, ...(gun && { gun }) });
  }
  if (!isKeyid(keyid)) {
    throw new KeyImportError(
      'failed to import key to store: Invalid key generated, key may be encrypted and does not contain path header',
    );
  }
  const { path: _, gun: __, ...headers } = Object.fromEntries(block.headers);
  await keys.putFile(keyid, formatPem(block.label, block.bytes, { ...headers, role, ...(gun && { gun }) }));
  return { keyid, role, gun };
}

/** @throws {PassphraseInvalidError} */
async function openEncrypted(
  { label, bytes, headers }: PemBlock,
  passphrases: PassphraseSource | undefined,
): Promise<KeyObject | undefined> {
  if (!passphrases) return undefined;
  const file = parsePrivateKeyFile(formatPem(label, bytes, Object.fromEntries(headers)));
  return decryptAsked(file, passphrases, { keyid: undefined, role: 'encrypted' });
}

/** The key of a block that is not encrypted; undefined of one that is. @throws {KeyImportError} no private key */
function openPlain({ label, bytes, headers }: PemBlock): KeyObject | undefined {
  try {
    const file = parsePrivateKeyFile(formatPem(label, bytes, Object.fromEntries(headers)));
    if (isEncryptedKeyFile(file)) return undefined;
    const key = decryptPrivateKey(file, '');
    publicKeyOf(key); // of a kind that can sign
    return key;
  } catch (cause) {
    throw new KeyImportError(
      'failed to import key to store: Invalid key generated, key may be encrypted and does not contain path header',
      { cause },
    );
  }
}

/** The GUN that notary up to 0.4.3 had in the path of a key: `tuf_keys/<GUN>/<keyid>`. */
function legacyGun(path: string): string | undefined {
  const folder = dirname(path);
  return folder.startsWith(`${LEGACY_FOLDER}/`) ? folder.slice(LEGACY_FOLDER.length + 1) : undefined;
}
