import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { DatabaseLocationError } from '../database-errors.ts';
import type { PostgresqlLocation } from './location.ts';

/**
 * TLS as libpq means it (PostgreSQL 15, 34.19): `require` checks nothing unless an authority is given, `verify-ca` the chain,
 * `verify-full` the name too.
 * @throws {DatabaseLocationError} a certificate that cannot be read
 */
export async function tlsOptions(location: PostgresqlLocation): Promise<ConnectionOptions | false> {
  const { sslMode, sslRootCert, sslCert, sslKey, host } = location;
  if (sslMode === 'disable') return false;
  const [ca, cert, key] = await Promise.all([sslRootCert, sslCert, sslKey].map(readPem));
  const checksName = sslMode === 'verify-full';
  return {
    rejectUnauthorized: sslMode !== 'require' || ca !== undefined,
    host,
    ...(checksName ? {} : { checkServerIdentity: () => undefined }),
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
  };
}

async function readPem(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DatabaseLocationError(`the certificate or key ${path} cannot be read`, { cause });
  }
}
