import { ExitError } from './command.ts';
import type { Io } from './io.ts';

const MAX_PASSWORD_BYTES = 64 * 1024;

/** A password that is piped in, without the end of its line. @throws {ExitError} it is too long to be one */
export async function readPiped({ stdin }: Io): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin.raw as AsyncIterable<Buffer | string>) {
    size += chunk.length;
    if (size > MAX_PASSWORD_BYTES) throw new ExitError(1, 'the password on stdin is too long');
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
