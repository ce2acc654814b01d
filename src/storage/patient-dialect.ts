import { setTimeout as delay } from 'node:timers/promises';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  SqliteAdapter,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely';

/** How long a writer waits for another connection's transaction to end. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 5;

/**
 * SQLite with transactions that take the write lock when they begin: a transaction that begins by reading and then cannot
 * write, since another has written meanwhile, would fail for no fault of its own. Waiting for the lock does not block
 * the process, as SQLite's own busy timeout would; the lock's owner may be in it.
 */
export class PatientSqliteDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig;

  constructor(config: SqliteDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new PatientSqliteDriver(this.#config);
  }

  override createAdapter(): DialectAdapter {
    return new OneTransactionAdapter();
  }
}

/** Has all migrations made in one transaction: SQLite can take back tables too, though kysely leaves that unsaid. */
class OneTransactionAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class PatientSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    if (settings?.accessMode === 'read only') {
      await connection.executeQuery(CompiledQuery.raw('begin')); // write-ahead log: readers wait for nobody
      return;
    }
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw('begin immediate'));
        return;
      } catch (thrown) {
        if (!isBusy(thrown) || performance.now() > deadline) throw thrown;
        await delay(RETRY_MS);
      }
    }
  }

  /**
   * A full disk or an I/O error may have ended the transaction already ("Transactions", "Response To Errors Within A
   * Transaction", sqlite.org): what went wrong is then not that there is none.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (thrown) {
      if (!String((thrown as Error).message).includes('no transaction is active')) throw thrown;
    }
  }
}

/** libsql has the code, node:sqlite the number, both the words. */
function isBusy(thrown: unknown): boolean {
  const { code, errcode, message } = thrown as { code?: unknown; errcode?: unknown; message?: unknown };
  return code === 'SQLITE_BUSY' || errcode === 5 || String(message).includes('database is locked');
}
