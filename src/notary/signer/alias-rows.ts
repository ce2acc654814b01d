import { COLUMNS, type KeyRow, present, rowOf } from './key-row.ts';
import { formatTime, type SignerDatabase } from './signer-database.ts';

/** The rows of a signer's database by the passphrases they are encrypted with. */
export class AliasRows {
  readonly #database: SignerDatabase;

  constructor(database: SignerDatabase) {
    this.#database = database;
  }

  /** One key of each alias that keys are encrypted under, and how many there are. */
  async countByAlias(): Promise<{ readonly alias: string; readonly count: number; readonly newest: number }[]> {
    const rows = await present(this.#database.query)
      .select(({ fn }) => ['passphrase_alias as alias', fn.countAll<number>().as('count'), fn.max('id').as('newest')])
      .groupBy('passphrase_alias')
      .orderBy('passphrase_alias')
      .execute();
    return rows.map(({ alias, count, newest }) => ({ alias, count: Number(count), newest: Number(newest) }));
  }

  async findById(id: number): Promise<KeyRow | undefined> {
    const row = await present(this.#database.query).select(COLUMNS).where('id', '=', id).executeTakeFirst();
    return row && rowOf(row);
  }

  /** Rows under an alias after `id`, those of deleted keys too, in the order of their making. */
  async listUnderAlias(alias: string, after: number, limit: number): Promise<(KeyRow & { readonly id: number })[]> {
    const rows = await this.#database.query
      .selectFrom('private_keys')
      .select([...COLUMNS, 'id'])
      .where('passphrase_alias', '=', alias)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...rowOf(row), id: Number(row.id) }));
  }

  /** Puts another encryption in the place of one, if that is still there. @returns how many were changed */
  async replaceEncryption(
    changes: readonly {
      readonly from: KeyRow;
      readonly to: Pick<KeyRow, 'alias' | 'jwe' | 'keywrapAlg' | 'encryptionAlg'>;
    }[],
    now: Date,
  ): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      let count = 0;
      for (const { from, to } of changes) {
        const { numUpdatedRows } = await transaction
          .updateTable('private_keys')
          .set({
            passphrase_alias: to.alias,
            private: Buffer.from(to.jwe),
            keywrap_alg: to.keywrapAlg,
            encryption_alg: to.encryptionAlg,
            updated_at: formatTime(now),
          })
          .where('key_id', '=', from.keyid)
          .where('private', '=', Buffer.from(from.jwe))
          .executeTakeFirst();
        count += Number(numUpdatedRows);
      }
      return count;
    });
  }
}
