import { sql } from 'kysely';
import type { SignerQuery } from './signer-database.ts';

/** A key as the signer's database has it. */
export interface KeyRow {
  readonly keyid: string;
  readonly gun: string;
  readonly role: string;
  readonly algorithm: string;
  readonly publicKey: Buffer;
  /** What the passphrase is called that opens `jwe`. */
  readonly alias: string;
  readonly jwe: string;
  readonly keywrapAlg: string;
  readonly encryptionAlg: string;
}

/** What may be shown of a key. */
export interface KeyListing {
  readonly keyid: string;
  readonly gun: string;
  readonly role: string;
  readonly algorithm: string;
  readonly alias: string;
  readonly created: Date | undefined;
  readonly lastUsed: Date | undefined;
}

/** Which key is asked for when one is to be made. */
export type KeyPurpose = Pick<KeyRow, 'gun' | 'role' | 'algorithm'>;

/** Columns of a `KeyRow`. */
export const COLUMNS = [
  'key_id as keyid',
  'gun',
  'role',
  'algorithm',
  'public as publicKey',
  'passphrase_alias as alias',
  'private as jwe',
  'keywrap_alg as keywrapAlg',
  'encryption_alg as encryptionAlg',
] as const;
/** What selecting them gives. */
export type SelectedRow = Omit<KeyRow, 'jwe'> & { readonly jwe: Buffer };

/** Rows of keys that are not deleted. */
export function present(query: SignerQuery) {
  return query.selectFrom('private_keys').where('deleted_at', 'is', null);
}

/** Drivers would take the time for one of the local zone. */
export function asText(column: 'created_at' | 'last_used') {
  return sql<string | null>`cast(${sql.ref(column)} as text)`;
}

export function rowOf({ jwe, ...row }: SelectedRow): KeyRow {
  return { ...row, jwe: jwe.toString('latin1') };
}
