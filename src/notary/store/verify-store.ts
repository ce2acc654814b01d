import type { Transaction } from 'kysely';
import type { Gun } from '../../tuf/index.ts';
import { parseGun } from '../../tuf/index.ts';
import { CollectionCheck, type CollectionProblem } from './collection-check.ts';
import { walkCollections } from './collection-list.ts';
import type { NotaryDatabase, NotarySchema } from './schema.ts';

export interface VerifyOptions {
  readonly now: Date;
  readonly prefix?: string | undefined;
  /** Stops between two collections. */
  readonly signal?: AbortSignal | undefined;
}

/** One collection that was checked. */
export interface VerifiedCollection {
  readonly gun: string;
  readonly files: number;
  readonly problems: readonly CollectionProblem[];
}

/** Rows read at once: their bytes are in memory together. */
const CHUNK = 50;

/** Checks all that is stored, one collection after the other, each as it is at one moment, while servers serve. */
export async function* verifyStore(
  database: NotaryDatabase,
  { now, prefix, signal }: VerifyOptions,
): AsyncGenerator<VerifiedCollection> {
  for await (const { gun } of walkCollections(database, { prefix })) {
    if (signal?.aborted) return;
    yield await database.snapshot((transaction) => verifyCollection(transaction, parseGun(gun), now));
  }
}

async function verifyCollection(
  transaction: Transaction<NotarySchema>,
  gun: Gun,
  now: Date,
): Promise<VerifiedCollection> {
  const check = new CollectionCheck(gun, now);
  let files = 0;
  for (let after = -1; ; ) {
    const rows = await transaction
      .selectFrom('tuf_files')
      .select(['id', 'role', 'version', 'sha256', 'data as bytes'])
      .where('gun', '=', gun)
      .where('id', '>', after)
      .orderBy('id')
      .limit(CHUNK)
      .execute();
    for (const row of rows) check.add(row);
    files += rows.length;
    after = rows.at(-1)?.id ?? after;
    if (rows.length < CHUNK) break;
  }
  const problems = await check.finish(async (sha256) => {
    const query = transaction
      .selectFrom('tuf_files')
      .select('data')
      .where('gun', '=', gun)
      .where('sha256', '=', sha256);
    return (await query.limit(1).executeTakeFirst())?.data;
  });
  return { gun, files, problems };
}
