import { sql } from 'kysely';
import { formatTime, parseTime, type SignerDatabase, type SignerQuery } from './signer-database.ts';

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

const COLUMNS = [
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
type Selected = Omit<KeyRow, 'jwe'> & { readonly jwe: Buffer };

/** The rows of a signer's database. Deleted keys are as good as not there. */
export class KeyRows {
  readonly #database: SignerDatabase;

  constructor(database: SignerDatabase) {
    this.#database = database;
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

  /** @throws what the database throws when it does not answer */
  async ping(): Promise<void> {
    await this.#database.query.selectFrom('private_keys').select('id').limit(1).execute();
  }
}

function present(query: SignerQuery) {
  return query.selectFrom('private_keys').where('deleted_at', 'is', null);
}

/** Drivers would take the time for one of the local zone. */
function asText(column: 'created_at' | 'last_used') {
  return sql<string | null>`cast(${sql.ref(column)} as text)`;
}

function rowOf({ jwe, ...row }: Selected): KeyRow {
  return { ...row, jwe: jwe.toString('latin1') };
}
