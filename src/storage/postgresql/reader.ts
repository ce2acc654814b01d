import { errorMessage } from '../../core/index.ts';
import { DatabaseUnavailableError } from '../database-errors.ts';
import { describeDatabase } from '../database-location.ts';
import type { PostgresqlLocation } from './location.ts';
import { connectionOptions, loadPg } from './pool.ts';

/** `timestamp` without a zone: as it was written. */
const TIMESTAMP_TYPE = 1114;

/** Reads a database that is not ours by plain SQL, in which `?` stands for a value. Times without a zone come as text. */
export interface PostgresqlReader extends AsyncDisposable {
  rows(sql: string, values?: readonly (number | string)[]): Promise<readonly Record<string, unknown>[]>;
}

/** @throws {DatabaseUnavailableError | DatabaseDriverMissingError | DatabaseLocationError} */
export async function openPostgresqlReader(location: PostgresqlLocation): Promise<PostgresqlReader> {
  const pg = await loadPg();
  const { types, ...options } = await connectionOptions(location, pg);
  const asText = (oid: number, format?: 'text' | 'binary') =>
    oid === TIMESTAMP_TYPE ? String : types?.getTypeParser(oid, format);
  const pool = new pg.Pool({ ...options, max: 1, types: { getTypeParser: asText as typeof pg.types.getTypeParser } });
  pool.on('error', () => undefined); // the next query tells
  try {
    await pool.query('select 1');
  } catch (cause) {
    await pool.end();
    throw new DatabaseUnavailableError(`${describeDatabase(location)}: ${errorMessage(cause)}`, { cause });
  }
  return {
    async rows(sql, values = []) {
      let count = 0;
      const numbered = sql.replaceAll('?', () => {
        count += 1;
        return `$${count}`;
      });
      return (await pool.query<Record<string, unknown>>(numbered, [...values])).rows;
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
