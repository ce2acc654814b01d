import type { IncomingMessage } from 'node:http';
import { TrustSandboxError } from '../../core/index.ts';
import { BadParameterError } from './reply.ts';

/** What is to be imported can't be had from where it is said to be. */
export class ImportSourceError extends TrustSandboxError {
  readonly code = 'ENGINE_IMPORT_SOURCE';
}

/**
 * The file system an import is of: the request's body for `-`, else what a URL gives, which may lack its scheme.
 * @throws {BadParameterError | ImportSourceError}
 */
export async function importSource(
  source: string,
  body: IncomingMessage,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  if (source === '-') return body;
  const text = /^https?:\/\//.test(source) ? source : `http://${source}`;
  if (!URL.canParse(text)) throw new BadParameterError(`invalid URL: ${source.slice(0, 200)}`);
  const reply = await fetch(text, { signal }).catch((cause) => {
    signal.throwIfAborted();
    const { message, cause: reason } = cause as Error; // fetch says what happened in its cause
    const why = reason instanceof Error && reason.message !== '' ? reason.message : message;
    throw new ImportSourceError(`failed to download ${text}: ${why}`, { cause });
  });
  if (!reply.ok || !reply.body) {
    await reply.body?.cancel();
    throw new ImportSourceError(`failed to download ${text}: got HTTP status code ${reply.status}`);
  }
  return reply.body as unknown as AsyncIterable<Uint8Array>;
}
