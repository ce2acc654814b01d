import { errorMessage, TrustSandboxError } from '../../core/index.ts';
import { DatabaseDriverMissingError, DatabaseUnavailableError, openPostgresqlReader } from '../../storage/index.ts';
import { describeOriginal, type MysqlLocation, type OriginalLocation } from './original-location.ts';

/** Plain reading of a database that is not ours. Times come as text, in UTC; BLOBs as `Buffer`. */
export interface SqlReader extends AsyncDisposable {
  /** `?` stands for a value. */
  rows(sql: string, values?: readonly (number | string)[]): Promise<readonly Record<string, unknown>[]>;
}

/** A row of the original's database that is not of the form its migrations made. */
export class OriginalRowError extends TrustSandboxError {
  readonly code = 'NOTARY_ORIGINAL_ROW';
}

/** @throws {DatabaseUnavailableError | DatabaseDriverMissingError | DatabaseLocationError} */
export function openSqlReader(location: OriginalLocation): Promise<SqlReader> {
  return location.kind === 'postgresql' ? openPostgresqlReader(location) : openMysqlReader(location);
}

async function openMysqlReader(location: MysqlLocation): Promise<SqlReader> {
  const { host, port, socketPath, user, password, database, tls } = location;
  const mysql = await loadMysql();
  const options = {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    user,
    password,
    database,
    dateStrings: true, // as they were written: the original's driver writes UTC
    ...(tls !== 'false' && { ssl: { rejectUnauthorized: tls === 'true' } }),
  };
  const connection = await mysql.createConnection(options).catch((cause: unknown) => {
    throw new DatabaseUnavailableError(`${describeOriginal(location)}: ${errorMessage(cause)}`, { cause });
  });
  return {
    async rows(sql, values = []) {
      const [rows] = await connection.query(sql, [...values]);
      return rows as Record<string, unknown>[]; // of a select
    },
    [Symbol.asyncDispose]: () => connection.end(),
  };
}

async function loadMysql(): Promise<Pick<typeof import('mysql2/promise'), 'createConnection'>> {
  try {
    const { default: mysql } = await import('mysql2/promise'); // CommonJS
    return mysql;
  } catch (cause) {
    throw new DatabaseDriverMissingError('mysql2', { cause });
  }
}
