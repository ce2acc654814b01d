import type { Gun } from '../../tuf/index.ts';
import type { CurrentFiles } from './current-files.ts';
import type { NotaryDatabase } from './schema.ts';

/**
 * Tells what is kept in memory of commits by others: other replicas, and commands beside the server. A request that comes after
 * another replica has answered a publisher is answered from that publication or a later one, never from an earlier one.
 */
export interface ForeignChanges {
  /** To be waited for before looking at what is kept; nothing to wait for where the database tells at once. */
  catchUp(): Promise<void> | undefined;
  /** These lines of the change feed are of this process, and what it keeps has them in it. */
  isOwn(changes: readonly number[]): void;
}

export function watchForeignChanges(database: NotaryDatabase, current: CurrentFiles): ForeignChanges {
  const { foreignChanges } = database;
  return foreignChanges ? new CommitCounter(foreignChanges, current) : new FeedWatch(database, current);
}

/** Asks SQLite once in a turn of the event loop: a request that came after a change is answered in a later one. */
class CommitCounter implements ForeignChanges {
  readonly #count: () => number;
  readonly #current: CurrentFiles;
  #seen: number;
  #hasAsked = false;

  constructor(count: () => number, current: CurrentFiles) {
    this.#count = count;
    this.#current = current;
    this.#seen = count();
  }

  catchUp(): undefined {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    setImmediate(() => {
      this.#hasAsked = false;
    });
    const count = this.#count();
    if (count === this.#seen) return;
    this.#seen = count;
    this.#current.forgetAll();
  }

  isOwn(): void {
    // SQLite does not count commits of this connection
  }
}

const MAX_CHANGES = 1000;

/**
 * Reads the change feed from where it was: numbers of the feed are given in the order of commits, so nothing is missed. All who
 * ask while a query is under way share the one after it: theirs must not have begun before they asked.
 */
class FeedWatch implements ForeignChanges {
  readonly #database: NotaryDatabase;
  readonly #current: CurrentFiles;
  readonly #own = new Set<number>();
  #seen: number | undefined;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(database: NotaryDatabase, current: CurrentFiles) {
    this.#database = database;
    this.#current = current;
  }

  catchUp(): Promise<void> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const running = this.#read();
      this.#running = running.catch(() => undefined);
      return running;
    });
    this.#next.catch(() => undefined); // some only want to know whether there is something to wait for
    return this.#next;
  }

  isOwn(changes: readonly number[]): void {
    for (const id of changes) if (this.#seen === undefined || id > this.#seen) this.#own.add(id);
  }

  async #read(): Promise<void> {
    const seen = this.#seen;
    if (seen === undefined) return this.#startOver();
    const changes = await this.#database.query
      .selectFrom('changefeed')
      .select(['id', 'gun'])
      .where('id', '>=', seen)
      .orderBy('id')
      .limit(MAX_CHANGES)
      .execute();
    const isContinued = seen === 0 || changes[0]?.id === seen;
    if (!isContinued || changes.length === MAX_CHANGES) return this.#startOver(); // a feed that was restored, or far ahead
    for (const { id, gun } of changes) {
      if (id <= seen) continue;
      this.#seen = id;
      if (!this.#own.delete(id)) this.#current.forget(gun as Gun); // it was one when it was stored
    }
  }

  async #startOver(): Promise<void> {
    const query = this.#database.query.selectFrom('changefeed').select(({ fn }) => fn.max('id').as('last'));
    this.#seen = Number((await query.executeTakeFirst())?.last ?? 0);
    this.#own.clear();
    this.#current.forgetAll();
  }
}
