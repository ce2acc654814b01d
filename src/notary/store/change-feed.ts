import { formatInstant, type Gun } from '../../tuf/index.ts';
import type { NotaryDatabase } from './schema.ts';

/** One line of the feed, as it goes over the wire (`docs/wire/notary-v1.md`, "Change feed"). */
export interface Change {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly GUN: string;
  readonly Version?: number;
  readonly SHA256?: string;
  readonly Category: 'update' | 'deletion';
}

/** Which changes to list: `records` of them after change `after`, or before it when backwards. Oldest first either way. */
export interface ChangeQuery {
  readonly gun?: Gun | undefined;
  /** Exclusive; absent is the beginning, or the end when going backwards. */
  readonly after?: number | undefined;
  readonly records: number;
  readonly isBackwards: boolean;
}

/** More are not given at once; a reader goes on from the last. */
const MAX_RECORDS = 10_000;

export async function listChanges(database: NotaryDatabase, wanted: ChangeQuery): Promise<readonly Change[]> {
  const { gun, after, records, isBackwards } = wanted;
  let query = database.query
    .selectFrom('changefeed')
    .selectAll()
    .orderBy('id', isBackwards ? 'desc' : 'asc')
    .limit(Math.min(records, MAX_RECORDS));
  if (gun !== undefined) query = query.where('gun', '=', gun);
  if (after !== undefined) query = query.where('id', isBackwards ? '<' : '>', after);
  const rows = await query.execute();
  if (isBackwards) rows.reverse();
  return rows.map(({ id, created_at, gun: name, version, sha256, category }) => ({
    ID: String(id),
    CreatedAt: formatInstant(new Date(Number(created_at))),
    GUN: name,
    ...(version === null ? {} : { Version: Number(version) }),
    ...(sha256 === null ? {} : { SHA256: sha256 }),
    Category: category,
  }));
}

/** Number of the newest change, 0 when there is none. */
export async function lastChange(database: NotaryDatabase): Promise<number> {
  const query = database.query.selectFrom('changefeed').select(({ fn }) => fn.max('id').as('last'));
  return Number((await query.executeTakeFirst())?.last ?? 0);
}
