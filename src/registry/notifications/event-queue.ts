import type { Generated } from 'kysely';
import { type Database, type Migrations, openDatabase } from '../../storage/index.ts';

interface QueueSchema {
  readonly events: {
    readonly id: Generated<number>;
    readonly endpoint: string;
    readonly body: string;
  };
}

const MIGRATIONS: Migrations = {
  '0001-events': {
    async up({ schema }) {
      await schema
        .createTable('events')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('endpoint', 'varchar(255)', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await schema.createIndex('events_endpoint').on('events').columns(['endpoint', 'id']).execute();
    },
  },
};

/** An event that waits for one endpoint. */
export interface QueuedEvent {
  readonly id: number;
  readonly body: string;
}

/** Events that wait to be delivered, in order by endpoint; they survive a restart. */
export class EventQueue implements AsyncDisposable {
  readonly #database: Database<QueueSchema>;

  private constructor(database: Database<QueueSchema>) {
    this.#database = database;
  }

  /** @param path a SQLite file, made when missing, or `:memory:` */
  static async open(path: string): Promise<EventQueue> {
    return new EventQueue(await openDatabase<QueueSchema>({ kind: 'sqlite', path }, MIGRATIONS));
  }

  /** Durable when it returns; all or nothing. */
  async add(events: readonly { readonly endpoint: string; readonly body: string }[]): Promise<void> {
    if (events.length > 0)
      await this.#database.query
        .insertInto('events')
        .values([...events])
        .execute();
  }

  /** The oldest `limit` events of an endpoint. */
  async first(endpoint: string, limit: number): Promise<readonly QueuedEvent[]> {
    const { query } = this.#database;
    return query
      .selectFrom('events')
      .select(['id', 'body'])
      .where('endpoint', '=', endpoint)
      .orderBy('id')
      .limit(limit)
      .execute();
  }

  async remove(ids: readonly number[]): Promise<void> {
    if (ids.length > 0)
      await this.#database.query
        .deleteFrom('events')
        .where('id', 'in', [...ids])
        .execute();
  }

  async count(endpoint: string): Promise<number> {
    const { query } = this.#database;
    const row = await query
      .selectFrom('events')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('endpoint', '=', endpoint)
      .executeTakeFirst();
    return Number(row?.count ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }
}
