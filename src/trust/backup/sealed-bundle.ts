import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { isJsonObject, parseJson, TrustSandboxError } from '../../core/index.ts';
import { type RandomBytes, systemRandom } from '../../pki/index.ts';

/** A file that is no backup of trust data, or one that was changed. */
export class BackupInvalidError extends TrustSandboxError {
  readonly code = 'TRUST_BACKUP_INVALID';
}

/** The passphrase does not open the backup, or it was changed: nobody can tell which. */
export class BackupClosedError extends TrustSandboxError {
  readonly code = 'TRUST_BACKUP_CLOSED';
  constructor() {
    super('the passphrase does not open the backup, or the backup was changed');
  }
}

const MAGIC = 'trustsandbox trust backup 1\n';
/** OWASP Password Storage Cheat Sheet (2025), scrypt: 128 MiB. */
const COST = { N: 131_072, r: 8, p: 1 } as const;
/** What is stretched for a file from elsewhere, at most. */
const MAX_SCRYPT_BYTES = 512 * 1024 * 1024;
const MAX_P = 16;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_HEADER_BYTES = 1024;

const stretch = promisify<string, Buffer, number, object, Buffer>(scrypt);

/**
 * Seals bytes under a passphrase: two lines of text that say how, the second a JSON object, then the bytes encrypted by
 * AES-256-GCM (NIST SP 800-38D) under a key by scrypt (RFC 7914), with its tag. The two lines are authenticated too.
 */
export async function sealBundle(
  content: Uint8Array,
  passphrase: string,
  random: RandomBytes = systemRandom,
): Promise<Buffer> {
  const [salt, nonce] = [Buffer.from(random(SALT_BYTES)), Buffer.from(random(NONCE_BYTES))];
  const how = {
    kdf: 'scrypt',
    ...COST,
    salt: salt.toString('base64'),
    cipher: 'aes-256-gcm',
    nonce: nonce.toString('base64'),
  };
  const header = Buffer.from(`${MAGIC}${JSON.stringify(how)}\n`);
  const cipher = createCipheriv('aes-256-gcm', await keyOf(passphrase, { ...COST, salt }), nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([header, sealed, cipher.getAuthTag()]);
}

/**
 * Opens what `sealBundle` has sealed; nothing comes out unless all of it is as it was.
 * @throws {BackupInvalidError | BackupClosedError}
 */
export async function openBundle(bundle: Buffer, passphrase: string): Promise<Buffer> {
  const { headerBytes, nonce, ...how } = readHeader(bundle);
  const decipher = createDecipheriv('aes-256-gcm', await keyOf(passphrase, how), nonce);
  decipher.setAAD(bundle.subarray(0, headerBytes));
  decipher.setAuthTag(bundle.subarray(-TAG_BYTES));
  const opened = decipher.update(bundle.subarray(headerBytes, -TAG_BYTES));
  try {
    return Buffer.concat([opened, decipher.final()]);
  } catch {
    throw new BackupClosedError();
  }
}

interface Stretching {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
}

function readHeader(bundle: Buffer): Stretching & { readonly nonce: Buffer; readonly headerBytes: number } {
  if (!bundle.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) {
    throw new BackupInvalidError('this is no backup of trust data, or of a version that is not known');
  }
  const end = bundle.subarray(0, MAGIC.length + MAX_HEADER_BYTES).indexOf('\n', MAGIC.length);
  const header = parseHeader(bundle.subarray(MAGIC.length, Math.max(end, MAGIC.length)));
  const { N, r, p, kdf, cipher } = header;
  const [salt, nonce] = [header.salt, header.nonce].map((text) => Buffer.from(String(text), 'base64'));
  const isKnown = kdf === 'scrypt' && cipher === 'aes-256-gcm' && salt && nonce?.length === NONCE_BYTES;
  const isSane = isCount(N, 2 ** 20) && isCount(r, 64) && isCount(p, MAX_P) && 128 * N * r <= MAX_SCRYPT_BYTES;
  const isWhole = bundle.length >= end + 1 + TAG_BYTES;
  if (!isKnown || !isSane || !isWhole) throw new BackupInvalidError('the backup is sealed in a way that is not known');
  return { N, r, p, salt, nonce, headerBytes: end + 1 };
}

function parseHeader(bytes: Buffer) {
  try {
    const header = parseJson(bytes);
    if (isJsonObject(header)) return header;
  } catch (cause) {
    throw new BackupInvalidError('the backup does not say how it is sealed', { cause });
  }
  throw new BackupInvalidError('the backup does not say how it is sealed');
}

const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;

async function keyOf(passphrase: string, { N, r, p, salt }: Stretching): Promise<Buffer> {
  try {
    return await stretch(passphrase, salt, KEY_BYTES, { N, r, p, maxmem: 2 * MAX_SCRYPT_BYTES });
  } catch (cause) {
    throw new BackupInvalidError('the backup is sealed in a way that is not known', { cause });
  }
}
