import { readFile } from 'node:fs/promises';
import type { ServerTls } from '../../http/index.ts';
import type { TlsFiles } from './server-config.ts';

/** What the files hold now. TLS 1.2 is the least, as in the original. @throws {NodeJS.ErrnoException} one cannot be read */
export async function readTls({ certificate, key, clientCa }: TlsFiles): Promise<ServerTls> {
  const [cert, privateKey, ca] = await Promise.all(
    [certificate, key, clientCa].map((path) => (path === undefined ? '' : readFile(path, 'utf8'))),
  );
  return {
    cert: cert ?? '',
    key: privateKey ?? '',
    minVersion: 'TLSv1.2',
    ...(ca ? { clientCas: [ca], clientAuth: 'require-and-verify-client-cert' } : {}),
  };
}
