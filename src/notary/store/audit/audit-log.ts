import { type Kysely, sql, type Transaction } from 'kysely';
import { TrustSandboxError } from '../../../core/index.ts';
import type { NotaryDatabase, NotarySchema } from '../schema.ts';
import { type AuditAction, type AuditEntry, type AuditEvent, formatEntry, hashEntry, parseEntry } from './entry.ts';
import type { AuditTables } from './tables.ts';

/** The last entry: its number, 0 when there is none, and its hash. Written down elsewhere it pins everything before it. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** An entry with its hash, which is the `previous` of the next. */
export interface HashedEntry {
  readonly entry: AuditEntry;
  readonly hash: string;
}

/** Which entries: all that match, or the newest `limit` of them. Instants are inclusive. */
export interface AuditQuery {
  readonly gun?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly limit?: number | undefined;
}

/** The log has no head: its tables were changed by something else than this program. */
export class AuditHeadMissingError extends TrustSandboxError {
  readonly code = 'NOTARY_AUDIT_HEAD';
}

const HEAD = 1;
const PAGE = 500;

/**
 * Appends what was done, in the very transaction that does it: both are there, or neither. The row of the head is locked until that
 * transaction ends, so append last. @throws {AuditHeadMissingError}
 */
export async function appendEntry(transaction: Transaction<NotarySchema>, event: AuditEvent): Promise<void> {
  // Plain SQL, for a publisher waits for it: building a query costs as much as doing it.
  const locked = sql<AuditHead>`update audit_head set sequence = sequence + 1 where id = ${HEAD} returning sequence, hash`;
  const [head] = (await locked.execute(transaction)).rows;
  if (!head) throw new AuditHeadMissingError('the audit log has no head');
  const { sequence } = head;
  const entry = formatEntry(event, sequence, head.hash);
  const hash = hashEntry(entry);
  const { at, gun = null, action } = event;
  await sql`insert into audit_log (sequence, created_at, gun, action, entry, hash)
    values (${sequence}, ${at.getTime()}, ${gun}, ${action}, ${entry}, ${hash})`.execute(transaction);
  await sql`update audit_head set hash = ${hash} where id = ${HEAD}`.execute(transaction);
}

/** The log, read. */
export class AuditLog {
  readonly #query: Kysely<AuditTables>;

  /** Of a database that has the log's tables among others. */
  constructor({ query }: NotaryDatabase) {
    this.#query = query as unknown as Kysely<AuditTables>;
  }

  /** @throws {AuditHeadMissingError} */
  async head(): Promise<AuditHead> {
    const row = await this.#query
      .selectFrom('audit_head')
      .select(['sequence', 'hash'])
      .where('id', '=', HEAD)
      .executeTakeFirst();
    if (!row) throw new AuditHeadMissingError('the audit log has no head');
    return { sequence: Number(row.sequence), hash: row.hash };
  }

  /** Oldest first. @throws {AuditEntryInvalidError} */
  async list(wanted: AuditQuery = {}): Promise<HashedEntry[]> {
    const { gun, action, since, until, limit } = wanted;
    let query = this.#query.selectFrom('audit_log').select(['entry', 'hash']).orderBy('sequence', 'desc');
    if (gun !== undefined) query = query.where('gun', '=', gun);
    if (action !== undefined) query = query.where('action', '=', action);
    if (since) query = query.where('created_at', '>=', since.getTime());
    if (until) query = query.where('created_at', '<=', until.getTime());
    if (limit !== undefined) query = query.limit(limit);
    const rows = await query.execute();
    return rows.reverse().map(({ entry, hash }) => ({ entry: parseEntry(entry), hash }));
  }

  /** Rows as they are stored, some hundred at a time: upwards from the first, or downwards from the last. */
  async *rows(direction: 'asc' | 'desc'): AsyncGenerator<AuditTables['audit_log']> {
    for (let last: number | undefined; ; ) {
      let query = this.#query.selectFrom('audit_log').selectAll().orderBy('sequence', direction).limit(PAGE);
      if (last !== undefined) query = query.where('sequence', direction === 'asc' ? '>' : '<', last);
      const page = await query.execute();
      for (const row of page) {
        last = Number(row.sequence);
        yield { ...row, sequence: last, created_at: Number(row.created_at) };
      }
      if (page.length < PAGE) return;
    }
  }
}
