import { findInstant, type Gun, isTufError, parseEnvelope, type RoleName, readCommon } from '../../tuf/index.ts';
import type { NotaryDatabase } from './schema.ts';

/** One stored version of a role. */
export interface FileVersion {
  readonly role: string;
  readonly version: number;
  readonly storedAt: Date;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** When it runs out; absent when its bytes do not say. */
  readonly expires: Date | undefined;
}

export interface HistoryQuery {
  /** Versions before this one: the last of the page before. */
  readonly before?: number | undefined;
  /** At most 1000. */
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Versions of a role, the newest first. The bytes of one are read by `MetadataStore.findVersion`. */
export async function listVersions(
  database: NotaryDatabase,
  gun: Gun,
  role: RoleName,
  { before, limit = DEFAULT_LIMIT }: HistoryQuery = {},
): Promise<readonly FileVersion[]> {
  let query = database.query
    .selectFrom('tuf_files')
    .select(['role', 'version', 'created_at', 'sha256', 'data'])
    .where('gun', '=', gun)
    .where('role', '=', role)
    .orderBy('version', 'desc')
    .limit(Math.min(limit, MAX_LIMIT));
  if (before !== undefined) query = query.where('version', '<', before);
  const rows = await query.execute();
  return rows.map(({ role: name, version, created_at, sha256, data }) => ({
    role: name,
    version,
    storedAt: new Date(created_at),
    size: data.length,
    sha256,
    expires: expiryOf(data),
  }));
}

/** Roles that have anything stored in a collection, base roles and delegations, in the order of their names. */
export async function listRoles(database: NotaryDatabase, gun: Gun): Promise<readonly string[]> {
  const query = database.query
    .selectFrom('tuf_files')
    .select('role')
    .where('gun', '=', gun)
    .groupBy('role')
    .orderBy('role');
  return (await query.execute()).map(({ role }) => role);
}

function expiryOf(bytes: Buffer): Date | undefined {
  try {
    return findInstant(readCommon(parseEnvelope(bytes).signed).expires);
  } catch (thrown) {
    if (isTufError(thrown)) return undefined;
    throw thrown;
  }
}
