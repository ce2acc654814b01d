import { createPrivateKey, type KeyObject } from 'node:crypto';
import { TrustSandboxError } from '../core/index.ts';
import { decryptPbes2, encryptPbes2, PassphraseIncorrectError } from './pbes2.ts';
import { formatPem, parseFirstPem } from './pem.ts';
import { formatPkcs8, PrivateKeyInvalidError, parsePkcs8 } from './private-key.ts';
import { type RandomBytes, systemRandom } from './random.ts';

/** A PEM text that holds no private key. */
export class KeyFileInvalidError extends TrustSandboxError {
  readonly code = 'KEY_FILE_INVALID';
}

/**
 * A private key as Notary keeps it on disk, still closed (docs/wire/key-files.md). `role` and `gun` are what the PEM
 * headers claim; only the key inside is evidence.
 */
export interface PrivateKeyFile {
  readonly form: 'pkcs8' | 'encrypted-pkcs8' | 'legacy' | 'encrypted-legacy';
  /** `EC PRIVATE KEY`, `RSA PRIVATE KEY`, `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`. */
  readonly label: string;
  readonly role: string | undefined;
  readonly gun: string | undefined;
  readonly bytes: Buffer;
  /** The cipher and IV of a legacy key (RFC 1423 §1.1). */
  readonly dekInfo: string | undefined;
}

/** Whom a key is for. Root and delegation keys carry no GUN. */
export interface KeyOwner {
  readonly role: string;
  readonly gun?: string | undefined;
}

const LEGACY_LABELS: ReadonlySet<string> = new Set(['EC PRIVATE KEY', 'RSA PRIVATE KEY']);

/**
 * Reads the first block of a key file; opens nothing.
 * @throws {PemInvalidError | KeyFileInvalidError}
 */
export function parsePrivateKeyFile(text: string): PrivateKeyFile {
  const { label, headers, bytes } = parseFirstPem(text);
  const dekInfo = headers.get('DEK-Info');
  return {
    form: keyFileForm(label, dekInfo),
    label,
    bytes,
    dekInfo,
    role: headers.get('role'),
    gun: headers.get('gun'),
  };
}

function keyFileForm(label: string, dekInfo: string | undefined): PrivateKeyFile['form'] {
  if (label === 'ENCRYPTED PRIVATE KEY') return 'encrypted-pkcs8';
  if (label === 'PRIVATE KEY') return 'pkcs8';
  if (LEGACY_LABELS.has(label)) return dekInfo === undefined ? 'legacy' : 'encrypted-legacy';
  throw new KeyFileInvalidError(`a PEM block ${label} is no private key`);
}

/** Whether a passphrase is needed to open it. */
export function isEncryptedKeyFile(file: PrivateKeyFile): boolean {
  return file.form === 'encrypted-pkcs8' || file.form === 'encrypted-legacy';
}

/**
 * Opens a key file. `passphrase` is not looked at when the key is not encrypted.
 * @throws {PassphraseIncorrectError}
 * @throws {EncryptionUnsupportedError | DerInvalidError | PrivateKeyInvalidError}
 */
export function decryptPrivateKey(file: PrivateKeyFile, passphrase: string): KeyObject {
  switch (file.form) {
    case 'pkcs8':
      return parsePkcs8(file.bytes);
    case 'encrypted-pkcs8':
      return openPkcs8(decryptPbes2(file.bytes, passphrase));
    case 'legacy':
      return openLegacy({ key: formatPem(file.label, file.bytes) }, PrivateKeyInvalidError);
    case 'encrypted-legacy': {
      const headers = { 'Proc-Type': '4,ENCRYPTED', 'DEK-Info': file.dekInfo ?? '' };
      return openLegacy({ key: formatPem(file.label, file.bytes, headers), passphrase }, PassphraseIncorrectError);
    }
  }
}

/** In one of some 256 tries a wrong passphrase leaves fair padding: then what it leaves is no key. */
function openPkcs8(plain: Buffer): KeyObject {
  try {
    return parsePkcs8(plain);
  } catch (cause) {
    throw new PassphraseIncorrectError({ cause });
  }
}

function openLegacy(
  input: { key: string; passphrase?: string },
  Failure: typeof PassphraseIncorrectError | typeof PrivateKeyInvalidError,
): KeyObject {
  try {
    return createPrivateKey(input);
  } catch (cause) {
    if (Failure === PassphraseIncorrectError) throw new PassphraseIncorrectError({ cause });
    throw new PrivateKeyInvalidError('not a private key of a known kind', { cause });
  }
}

/**
 * Writes a key file that Notary and docker can open: encrypted PKCS#8 with `role` and `gun` headers; with an empty
 * passphrase a bare `PRIVATE KEY`, as they do.
 * @throws {PrivateKeyInvalidError} neither EC, RSA nor Ed25519
 * @throws {PemInvalidError} role or GUN hold a line break
 */
export function encryptPrivateKey(
  key: KeyObject,
  passphrase: string,
  owner: KeyOwner,
  random: RandomBytes = systemRandom,
): string {
  const headers = owner.gun ? { gun: owner.gun, role: owner.role } : { role: owner.role };
  const plain = formatPkcs8(key);
  if (passphrase === '') return formatPem('PRIVATE KEY', plain, headers);
  return formatPem('ENCRYPTED PRIVATE KEY', encryptPbes2(plain, passphrase, random), headers);
}
