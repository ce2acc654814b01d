import { sql } from 'kysely';
import type { NotaryDatabase } from './schema.ts';

/** One collection, as lists have it. */
export interface CollectionSummary {
  readonly gun: string;
  /** Files stored, all versions of all roles. */
  readonly files: number;
  /** Bytes of those files. */
  readonly bytes: number;
  /** When the newest file was stored. */
  readonly updatedAt: Date;
  /** Newest version by role. */
  readonly versions: Readonly<Record<string, number>>;
}

/** Which collections to list, in the order of their names' bytes. */
export interface CollectionQuery {
  /** Names that begin so. */
  readonly prefix?: string | undefined;
  /** The name after which to go on: the last of the page before. */
  readonly after?: string | undefined;
  /** At most 1000. */
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
/** Sorts after every name with a prefix when it stands behind the prefix. */
const LAST = '\u{10ffff}';

/** One page of collections. It costs what the page has, however many others there are: `docs/notary-storage.md`, "Query plans". */
export async function listCollections(
  database: NotaryDatabase,
  { prefix = '', after = '', limit = DEFAULT_LIMIT }: CollectionQuery = {},
): Promise<readonly CollectionSummary[]> {
  let page = database.query
    .selectFrom('tuf_files')
    .select(({ fn }) => [
      'gun',
      fn.countAll<number>().as('files'),
      fn.sum<number>(sql`length(data)`).as('bytes'),
      fn.max('created_at').as('updated_at'),
    ])
    // One bound from below: SQLite uses the first of two, however far away it is.
    .where('gun', after < prefix ? '>=' : '>', after < prefix ? prefix : after)
    .groupBy('gun')
    .orderBy('gun')
    .limit(Math.min(limit, MAX_LIMIT));
  if (prefix !== '') page = page.where('gun', '<', prefix + LAST);
  const rows = await page.execute();
  const versions = await findVersions(
    database,
    rows.map(({ gun }) => gun),
  );
  return rows.map(({ gun, files, bytes, updated_at }) => ({
    gun,
    files: Number(files),
    bytes: Number(bytes),
    updatedAt: new Date(Number(updated_at)),
    versions: versions.get(gun) ?? {},
  }));
}

/** All collections, page by page. */
export async function* walkCollections(
  database: NotaryDatabase,
  query: Omit<CollectionQuery, 'limit'> = {},
): AsyncGenerator<CollectionSummary> {
  let { after } = query;
  for (;;) {
    const page = await listCollections(database, { ...query, after, limit: MAX_LIMIT });
    yield* page;
    after = page.at(-1)?.gun;
    if (after === undefined || page.length < MAX_LIMIT) return;
  }
}

export async function countCollections(database: NotaryDatabase, prefix = ''): Promise<number> {
  let query = database.query.selectFrom('tuf_files').select(({ fn }) => fn.count<number>('gun').distinct().as('count'));
  if (prefix !== '') query = query.where('gun', '>=', prefix).where('gun', '<', prefix + LAST);
  return Number((await query.executeTakeFirst())?.count ?? 0);
}

async function findVersions(
  database: NotaryDatabase,
  guns: readonly string[],
): Promise<ReadonlyMap<string, Record<string, number>>> {
  if (guns.length === 0) return new Map();
  const rows = await database.query
    .selectFrom('tuf_files')
    .select(({ fn }) => ['gun', 'role', fn.max('version').as('version')])
    .where('gun', 'in', guns)
    .groupBy(['gun', 'role'])
    .orderBy('gun')
    .orderBy('role')
    .execute();
  const found = new Map<string, Record<string, number>>();
  for (const { gun, role, version } of rows) {
    const versions = found.get(gun) ?? {};
    versions[role] = Number(version);
    found.set(gun, versions);
  }
  return found;
}
