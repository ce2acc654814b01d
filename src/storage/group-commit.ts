import { setImmediate as turn } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';

/** What is done in a transaction. It may be done again, from the start, when the database asks for that. */
export type Work<Schema, T> = (transaction: Transaction<Schema>) => Promise<T>;

interface Waiting<Schema> {
  /** Does it, and gives what tells the one who waits how it went, to be called once it is durable. */
  readonly attempt: Work<Schema, () => void>;
  readonly fail: (reason: unknown) => void;
}

/** More are not put into one transaction: the first should not wait for too many. */
const MAX_GROUP = 64;

/**
 * One writer that takes what waits as one transaction, so that those who wait share one flush to the disk. Each piece of work
 * stands alone within it: one that throws is undone and changes nothing for the others. All see what those
 * before them wrote, since none is kept without them.
 */
export class GroupCommit<Schema> {
  readonly #waiting: Waiting<Schema>[] = [];
  readonly #commit: <T>(work: Work<Schema, T>) => Promise<T>;
  #isRunning = false;

  /** @param commit runs one transaction, and again when the database asks for it */
  constructor(commit: <T>(work: Work<Schema, T>) => Promise<T>) {
    this.#commit = commit;
  }

  run<T>(work: Work<Schema, T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const attempt: Waiting<Schema>['attempt'] = async (transaction) => {
        const result = await work(transaction);
        return () => resolve(result);
      };
      this.#waiting.push({ attempt, fail: reject });
      if (!this.#isRunning) void this.#runAll();
    });
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await turn(); // SQLite works without letting anything else run: whoever has come meanwhile joins now
      await this.#runGroup(this.#waiting.splice(0, MAX_GROUP));
    }
    this.#isRunning = false;
  }

  async #runGroup(group: readonly Waiting<Schema>[]): Promise<void> {
    try {
      for (const tell of await this.#commitGroup(group)) tell();
    } catch (thrown) {
      for (const { fail } of group) fail(thrown); // nothing is stored
    }
  }

  /** Mostly all goes well, and needs no savepoints. */
  async #commitGroup(group: readonly Waiting<Schema>[]): Promise<(() => void)[]> {
    let hasFailed = false;
    try {
      return await this.#commit(async (transaction) => {
        const tell: (() => void)[] = [];
        for (const { attempt } of group) {
          hasFailed = true;
          tell.push(await attempt(transaction));
          hasFailed = false;
        }
        return tell;
      });
    } catch (thrown) {
      if (!hasFailed || group.length === 1) throw thrown;
      return this.#commit((transaction) => attemptEach(transaction, group));
    }
  }
}

/** Finds out who it is that fails, and does without. */
async function attemptEach<Schema>(
  transaction: Transaction<Schema>,
  group: readonly Waiting<Schema>[],
): Promise<(() => void)[]> {
  const tell: (() => void)[] = [];
  for (const { attempt, fail } of group) {
    await sql`savepoint piece`.execute(transaction);
    try {
      tell.push(await attempt(transaction));
      await sql`release savepoint piece`.execute(transaction);
    } catch (thrown) {
      if (isToBeTriedAgain(thrown)) throw thrown;
      await sql`rollback to savepoint piece`.execute(transaction);
      await sql`release savepoint piece`.execute(transaction);
      tell.push(() => fail(thrown));
    }
  }
  return tell;
}

/** Serialization failure or deadlock (PostgreSQL 15, Appendix A, class 40): the whole transaction is void. */
export function isToBeTriedAgain(thrown: unknown): boolean {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return code === '40001' || code === '40P01';
}
