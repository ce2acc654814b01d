import { readFile } from 'node:fs/promises';
import type { ServerTls } from '../../http/index.ts';
import type { TlsConfig } from './http.ts';

/** What the files of `http.tls` hold now. @throws {NodeJS.ErrnoException} one cannot be read */
export async function readTls(tls: TlsConfig): Promise<ServerTls> {
  const [cert, key, ...clientCas] = await Promise.all(
    [tls.certificate, tls.key, ...tls.clientCas].map((path) => readFile(path, 'utf8')),
  );
  return {
    cert: cert ?? '',
    key: key ?? '',
    clientCas,
    clientAuth: tls.clientAuth,
    minVersion: tls.minimum,
    cipherSuites: tls.cipherSuites,
  };
}
