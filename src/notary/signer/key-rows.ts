import { AliasRows } from './alias-rows.ts';
import { asText, COLUMNS, type KeyListing, type KeyPurpose, type KeyRow, present, rowOf } from './key-row.ts';
import { formatTime, parseTime, type SignerDatabase, type SignerQuery } from './signer-database.ts';

/** The rows of a signer's database. Deleted keys are as good as not there. */
export class KeyRows {
  readonly aliases: AliasRows;
  readonly #database: SignerDatabase;

  constructor(database: SignerDatabase) {
    this.#database = database;
    this.aliases = new AliasRows(database);
  }

  async find(keyid: string): Promise<KeyRow | undefined> {
    const row = await present(this.#database.query).select(COLUMNS).where('key_id', '=', keyid).executeTakeFirst();
    return row && rowOf(row);
  }

  /** Keys made for this and never used: the original gives the first one again. */
  async findUnused(purpose: KeyPurpose, query: SignerQuery = this.#database.query): Promise<KeyRow[]> {
    const rows = await present(query)
      .select(COLUMNS)
      .where('gun', '=', purpose.gun)
      .where('role', '=', purpose.role)
      .where('algorithm', '=', purpose.algorithm)
      .where('last_used', 'is', null)
      .orderBy('key_id')
      .limit(20)
      .execute();
    return rows.map(rowOf);
  }

  /** Adds a key, unless `isWanted` finds that another has been added meanwhile; gives that one then. */
  async add(row: KeyRow, now: Date, isWanted: (unused: KeyRow) => boolean): Promise<KeyRow> {
    const time = formatTime(now);
    return this.#database.transaction(async (transaction) => {
      const unused = (await this.findUnused(row, transaction)).find(isWanted);
      if (unused) return unused;
      const { keyid, gun, role, algorithm, publicKey, alias, jwe, keywrapAlg, encryptionAlg } = row;
      const values = {
        created_at: time,
        updated_at: time,
        key_id: keyid,
        encryption_alg: encryptionAlg,
        keywrap_alg: keywrapAlg,
        algorithm,
        passphrase_alias: alias,
        public: publicKey,
        private: Buffer.from(jwe),
        gun,
        role,
      };
      await transaction.insertInto('private_keys').values(values).execute();
      return row;
    });
  }

  async markUsed(keyid: string, now: Date): Promise<void> {
    const last_used = formatTime(now);
    await this.#database.transaction((transaction) =>
      transaction.updateTable('private_keys').set({ last_used }).where('key_id', '=', keyid).execute(),
    );
  }

  /** Its row stays, marked; succeeds when there is none. */
  async delete(keyid: string, now: Date): Promise<void> {
    const deleted_at = formatTime(now);
    await this.#database.transaction((transaction) =>
      transaction
        .updateTable('private_keys')
        .set({ deleted_at })
        .where('key_id', '=', keyid)
        .where('deleted_at', 'is', null)
        .execute(),
    );
  }

  /** By collection, role and time. */
  async *list(pageSize = 500): AsyncIterable<KeyListing> {
    for (let offset = 0; ; offset += pageSize) {
      const rows = await present(this.#database.query)
        .select(['key_id', 'gun', 'role', 'algorithm', 'passphrase_alias'])
        .select([asText('created_at').as('created'), asText('last_used').as('lastUsed')])
        .orderBy('gun')
        .orderBy('role')
        .orderBy('id')
        .limit(pageSize)
        .offset(offset)
        .execute();
      for (const { key_id: keyid, passphrase_alias: alias, created, lastUsed, ...rest } of rows)
        yield { keyid, alias, ...rest, created: parseTime(created), lastUsed: parseTime(lastUsed) };
      if (rows.length < pageSize) return;
    }
  }

  /** @throws what the database throws when it does not answer */
  async ping(): Promise<void> {
    await this.#database.query.selectFrom('private_keys').select('id').limit(1).execute();
  }
}
