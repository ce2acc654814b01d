import type { Actor } from '../actor.ts';
import { appendEntry } from '../store/audit/audit-log.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import { type RandomBytes, systemRandom } from './key-vault.ts';
import type { SecretSource } from './secret-source.ts';
import { newSecret, openVault, purposeOf, SECRET_ROW, WrongSecretError } from './server-secret.ts';

/** Keys read at once. */
const BATCH = 500;

export interface SecretChange {
  readonly from: SecretSource;
  readonly to: SecretSource;
  /** Who and when, for the audit log; without, nothing is noted there. */
  readonly audit?: { readonly at: Date; readonly actor: Actor } | undefined;
}

/**
 * Encrypts all keys in the database anew, with another secret: all of them or none, in one transaction. Servers that run keep
 * signing with the keys they have open, and make no new ones until they are started with the new secret.
 * @returns how many keys there are
 * @throws {WrongSecretError} `from` is not the secret they are encrypted with
 */
export async function changeSecret(
  database: NotaryDatabase,
  { from, to, audit }: SecretChange,
  random: RandomBytes = systemRandom,
): Promise<number> {
  const old = await openVault(database, from, random);
  const fresh = await newSecret(to, random);
  return database.transaction(async (transaction) => {
    const { id: _, ...changed } = fresh.row;
    const { numUpdatedRows } = await transaction
      .updateTable('server_secret')
      .set(changed)
      .where('id', '=', SECRET_ROW)
      .where('secret_id', '=', old.secretId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new WrongSecretError(from); // somebody else has changed it meanwhile
    let count = 0;
    for (let last = 0; ; ) {
      const rows = await transaction
        .selectFrom('server_keys')
        .select(['id', 'gun', 'role', 'keyid', 'private_key'])
        .where('id', '>', last)
        .orderBy('id')
        .limit(BATCH)
        .execute();
      for (const { id, gun, role, keyid, private_key } of rows) {
        last = id;
        if (private_key.length === 0) continue; // a remote signer's
        const purpose = purposeOf(gun, role, keyid);
        const sealed = fresh.vault.seal(old.vault.open(private_key, purpose), purpose);
        await transaction.updateTable('server_keys').set({ private_key: sealed }).where('id', '=', id).execute();
        count += 1;
      }
      if (rows.length < BATCH) break;
    }
    if (audit) await appendEntry(transaction, { ...audit, action: 'change-secret', note: `${count} keys` });
    return count;
  });
}
