import { randomUUID, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { TrustSandboxError } from '../../core/index.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import { KeyVault, type RandomBytes, systemRandom } from './key-vault.ts';
import { readSecret, type SecretSource } from './secret-source.ts';

/** The database's keys are encrypted with another secret than the one given. */
export class WrongSecretError extends TrustSandboxError {
  readonly code = 'NOTARY_SECRET_WRONG';
  constructor(source: SecretSource) {
    const named = source.kind === 'bytes' ? 'the secret given' : `${NAMES[source.kind]} ${source.path}`;
    super(`wrong secret: the keys in the database are not encrypted with ${named}`);
  }
}

/** The one row of `server_secret`. */
export const SECRET_ROW = 1;
const NAMES = { 'key-file': 'the key in', 'passphrase-file': 'the passphrase in' } as const;
const PROOF = { text: Buffer.from('trustsandbox'), purpose: 'proof of the secret' };
const SALT_BYTES = 16;
const VAULT_KEY_BYTES = 32;
/** OWASP Password Storage Cheat Sheet (2025), scrypt: 32 MiB, three times. */
const SCRYPT = 'scrypt N=32768 r=8 p=3';
const SCRYPT_FORM = /^scrypt N=(\d{4,7}) r=(\d{1,2}) p=(\d{1,2})$/;
const scryptOf = promisify<Buffer, Buffer, number, object, Buffer>(scrypt);

interface SecretRow {
  readonly id: number;
  readonly secret_id: string;
  readonly stretch: string;
  readonly salt: string;
  readonly proof: string;
}

/** A vault that fits the database's keys, and which secret it is of. */
export interface OpenVault {
  readonly vault: KeyVault;
  readonly secretId: string;
}

/**
 * Opens the database's keys with a secret. The first secret that a database without keys meets becomes its own.
 * @throws {WrongSecretError | SecretFileError}
 */
export async function openVault(
  database: NotaryDatabase,
  source: SecretSource,
  random: RandomBytes = systemRandom,
): Promise<OpenVault> {
  const row = (await findRow(database)) ?? (await adoptSecret(database, source, random));
  return openRow(row, source, random);
}

/** A row for a secret that was not used here before, and its vault. */
export async function newSecret(
  source: SecretSource,
  random: RandomBytes,
): Promise<{ readonly row: SecretRow; readonly vault: KeyVault }> {
  const isRaw = source.kind !== 'passphrase-file';
  const [stretch, salt] = isRaw ? ['raw', Buffer.alloc(0)] : [SCRYPT, random(SALT_BYTES)];
  const vault = await vaultOf(source, stretch, salt, random);
  const proof = vault.seal(PROOF.text, PROOF.purpose).toString('base64');
  return { vault, row: { id: SECRET_ROW, secret_id: randomUUID(), stretch, salt: salt.toString('base64'), proof } };
}

async function findRow(database: NotaryDatabase): Promise<SecretRow | undefined> {
  return database.query.selectFrom('server_secret').selectAll().where('id', '=', SECRET_ROW).executeTakeFirst();
}

async function openRow(row: SecretRow, source: SecretSource, random: RandomBytes): Promise<OpenVault> {
  const isForPassphrase = row.stretch !== 'raw';
  if (isForPassphrase !== (source.kind === 'passphrase-file')) throw new WrongSecretError(source);
  const vault = await vaultOf(source, row.stretch, Buffer.from(row.salt, 'base64'), random);
  if (!vault.canOpen(Buffer.from(row.proof, 'base64'), PROOF.purpose)) throw new WrongSecretError(source);
  return { vault, secretId: row.secret_id };
}

/** Keys that are there already, from before there was a row, have to open with it. Of two replicas the first is asked. */
async function adoptSecret(database: NotaryDatabase, source: SecretSource, random: RandomBytes): Promise<SecretRow> {
  const { row, vault } = await newSecret(source, random);
  return database.transaction(async (transaction) => {
    const keys = await transaction.selectFrom('server_keys').selectAll().orderBy('id').limit(100).execute();
    const sealed = keys.find(({ private_key }) => private_key.length > 0);
    const fits = !sealed || vault.canOpen(sealed.private_key, purposeOf(sealed.gun, sealed.role, sealed.keyid));
    if (!fits) throw new WrongSecretError(source);
    await transaction
      .insertInto('server_secret')
      .values(row)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    return transaction.selectFrom('server_secret').selectAll().where('id', '=', SECRET_ROW).executeTakeFirstOrThrow();
  });
}

async function vaultOf(source: SecretSource, stretch: string, salt: Buffer, random: RandomBytes): Promise<KeyVault> {
  const secret = await readSecret(source, random);
  const match = SCRYPT_FORM.exec(stretch);
  if (!match) return new KeyVault(secret, random);
  const [N = 0, r = 0, p = 0] = match.slice(1).map(Number);
  const maxmem = 2 * 128 * N * r;
  return new KeyVault(await scryptOf(secret, salt, VAULT_KEY_BYTES, { N, r, p, maxmem }), random);
}

/** What a key's encryption is bound to: moved to another collection, role or id in the database, it does not open. */
export function purposeOf(gun: string, role: string, keyid: string): string {
  return JSON.stringify([gun, role, keyid]);
}
