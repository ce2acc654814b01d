import { randomUUID } from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorMessage, TrustSandboxError } from '../../core/index.ts';
import { MIN_SECRET_BYTES, type RandomBytes, systemRandom } from './key-vault.ts';

/** What the keys in a server's own database are encrypted with. */
export type SecretSource =
  /** All bytes of a file, at least 32: `head -c 32 /dev/urandom > FILE`. `isMade`: a file that is missing is made. */
  | { readonly kind: 'key-file'; readonly path: string; readonly isMade?: boolean }
  /** The text of a file without the newline at its end; stretched by scrypt. */
  | { readonly kind: 'passphrase-file'; readonly path: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A file of a secret that cannot be read, or does not hold enough. */
export class SecretFileError extends TrustSandboxError {
  readonly code = 'NOTARY_SECRET_FILE';
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.path = path;
  }
}

const MAX_SECRET_BYTES = 4096;
const MIN_PASSPHRASE_BYTES = 8; // what Notary asks of its users

/** The secret's bytes as they stand in the file, not stretched yet. @throws {SecretFileError} */
export async function readSecret(source: SecretSource, random: RandomBytes = systemRandom): Promise<Buffer> {
  if (source.kind === 'bytes') return Buffer.from(source.bytes);
  if (source.kind === 'passphrase-file') return readPassphraseFile(source.path);
  if (source.isMade) await makeKeyFile(source.path, random);
  else if (!(await isThere(source.path))) {
    const remedy = `to make one, once for a new database: head -c ${MIN_SECRET_BYTES} /dev/urandom > FILE`;
    throw new SecretFileError(source.path, `there is no key file; ${remedy}`);
  }
  const secret = await readSmallFile(source.path);
  if (secret.length >= MIN_SECRET_BYTES) return secret;
  const wanted = `want at least ${MIN_SECRET_BYTES} random bytes, found ${secret.length}`;
  throw new SecretFileError(source.path, `${wanted}; a passphrase goes into a passphrase file`);
}

/** The passphrase in a file; the newline that editors put at the end is none of it. @throws {SecretFileError} */
export async function readPassphraseFile(path: string): Promise<Buffer> {
  const text = await readSmallFile(path);
  const end = text.at(-1) !== 0x0a ? text.length : text.length - (text.at(-2) === 0x0d ? 2 : 1);
  if (end >= MIN_PASSPHRASE_BYTES) return text.subarray(0, end);
  throw new SecretFileError(path, `the passphrase needs at least ${MIN_PASSPHRASE_BYTES} bytes`);
}

async function readSmallFile(path: string): Promise<Buffer> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_SECRET_BYTES + 1), 0, MAX_SECRET_BYTES + 1, 0);
    if (bytesRead <= MAX_SECRET_BYTES) return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw new SecretFileError(path, `the secret cannot be read: ${errorMessage(cause)}`, { cause });
  }
  throw new SecretFileError(path, `a secret has at most ${MAX_SECRET_BYTES} bytes`);
}

/** A file that is there is left alone; of two processes that make it at once, both use the first one's. */
async function makeKeyFile(path: string, random: RandomBytes): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    if (await isThere(path)) return;
    await using file = await open(draft, 'wx', 0o600);
    await file.writeFile(random(MIN_SECRET_BYTES));
    await file.sync();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(draft);
    await using folder = await open(dirname(path));
    await folder.sync(); // before the first key is encrypted with it
  } catch (cause) {
    throw new SecretFileError(path, `the key file cannot be made: ${errorMessage(cause)}`, { cause });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await using _ = await open(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
