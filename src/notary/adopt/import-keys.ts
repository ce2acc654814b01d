import { PublicKey } from '../../tuf/index.ts';
import { formatTime, type SignerDatabase } from '../signer/signer-database.ts';
import { readBytes, readText, readTime, walkTable } from './original-store.ts';
import type { SqlReader } from './sql-reader.ts';

/** What became of the keys of an original signer. */
export interface ImportedKeys {
  readonly added: number;
  readonly unchanged: number;
  /** Keys whose row is not what it says. */
  readonly refused: readonly { readonly keyid: string; readonly reason: string }[];
}

const PAGE = 500;
const COLUMNS =
  'id, key_id, gun, role, algorithm, encryption_alg, keywrap_alg, passphrase_alias, public, private, created_at, last_used, deleted_at';

/**
 * Copies the rows of a notary-signer 0.7 database, encrypted as they are, into a signer's database here. Needed for MySQL alone: a
 * PostgreSQL database can be used in place.
 */
export async function importKeys(reader: SqlReader, signer: SignerDatabase, isDryRun: boolean): Promise<ImportedKeys> {
  let [added, unchanged] = [0, 0];
  const refused: { keyid: string; reason: string }[] = [];
  for await (const row of walkTable(reader, 'private_keys', COLUMNS, PAGE)) {
    if (row.deleted_at !== null) continue; // as good as not there
    const keyid = readText(row, 'key_id');
    const [algorithm, bytes] = [readText(row, 'algorithm'), readBytes(row, 'public')];
    if (new PublicKey(algorithm, bytes).keyid !== keyid) {
      refused.push({ keyid, reason: 'its public key is another one' });
      continue;
    }
    if (await addKey(signer, keyid, row, isDryRun)) added += 1;
    else unchanged += 1;
  }
  return { added, unchanged, refused };
}

async function addKey(
  signer: SignerDatabase,
  keyid: string,
  row: Record<string, unknown>,
  isDryRun: boolean,
): Promise<boolean> {
  return signer.transaction(async (transaction) => {
    const there = transaction.selectFrom('private_keys').select('id').where('key_id', '=', keyid);
    if (await there.executeTakeFirst()) return false;
    if (isDryRun) return true;
    const time = formatTime(readTime(row, 'created_at'));
    const values = {
      created_at: time,
      updated_at: time,
      key_id: keyid,
      encryption_alg: readText(row, 'encryption_alg'),
      keywrap_alg: readText(row, 'keywrap_alg'),
      algorithm: readText(row, 'algorithm'),
      passphrase_alias: readText(row, 'passphrase_alias'),
      public: readBytes(row, 'public'),
      private: readBytes(row, 'private'),
      gun: readText(row, 'gun'),
      role: readText(row, 'role'),
      last_used: row.last_used === null ? null : formatTime(readTime(row, 'last_used')),
    };
    await transaction.insertInto('private_keys').values(values).execute();
    return true;
  });
}
