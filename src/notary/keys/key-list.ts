import type { NotaryDatabase } from '../store/schema.ts';

/** A key that the server signs with. Its private part is not shown. */
export interface ServerKeyListing {
  readonly keyid: string;
  readonly gun: string;
  readonly role: string;
  readonly keytype: string;
  readonly created: Date;
  /** Sealed in the database, or with a remote signer. */
  readonly heldBy: 'database' | 'signer';
}

const PAGE = 1000;

/** Keys in the order of their making, of one collection or of all. */
export async function* listServerKeys({ query }: NotaryDatabase, gun?: string): AsyncGenerator<ServerKeyListing> {
  for (let last = 0; ; ) {
    let page = query
      .selectFrom('server_keys')
      .select(({ fn }) => [
        'id',
        'keyid',
        'gun',
        'role',
        'keytype',
        'created_at',
        fn('length', ['private_key']).as('size'),
      ])
      .where('id', '>', last)
      .orderBy('id')
      .limit(PAGE);
    if (gun !== undefined) page = page.where('gun', '=', gun);
    const rows = await page.execute();
    for (const { id, keyid, gun: of, role, keytype, created_at, size } of rows) {
      last = id;
      const heldBy = Number(size) === 0 ? 'signer' : 'database';
      yield { keyid, gun: of, role, keytype, created: new Date(created_at), heldBy };
    }
    if (rows.length < PAGE) return;
  }
}
