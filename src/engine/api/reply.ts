import type { Readable } from 'node:stream';
import { Readable as NodeReadable } from 'node:stream';
import { errorMessage, type Log, TrustSandboxError } from '../../core/index.ts';
import { RegistryRefusedError, RegistryTokenError } from '../../registry/client/index.ts';
import { formatEvent, formatFailure, goJson, type ProgressEvent } from '../progress-event.ts';

/** Status of each error, by its code; what is not here is the server's own fault. */
const STATUSES: ReadonlyMap<string, number> = new Map([
  ['ENGINE_API_VERSION', 400],
  ['ENGINE_BAD_PARAMETER', 400],
  ['ENGINE_PLATFORM_INVALID', 400],
  ['ENGINE_TAG_REFUSED', 400],
  ['ENGINE_TIMESTAMP_INVALID', 400],
  ['ENGINE_CONFIG_CHANGE', 400],
  ['ENGINE_SEARCH_REFUSED', 400],
  ['ENGINE_PROCESS_REFUSED', 400],
  ['ENGINE_IMPORT_SOURCE', 502],
  ['REFERENCE_INVALID', 400],
  ['NAME_INVALID', 400],
  ['TAG_INVALID', 400],
  ['DIGEST_INVALID', 400],
  ['JSON_MALFORMED', 400],
  ['BODY_TRUNCATED', 400],
  ['ENGINE_IMAGE_ARCHIVE', 400],
  ['ENGINE_ARCHIVE_HEADER', 400],
  ['ENGINE_LAYER_ARCHIVE', 400],
  ['ENGINE_COMPRESSION', 400],
  ['ENGINE_IMAGE_CONFIG', 400],
  ['ENGINE_ROOTFS_MISMATCH', 400],
  ['ENGINE_IMAGE_NOT_FOUND', 404],
  ['ENGINE_PULL_REFUSED', 404],
  ['ENGINE_SAVE_REFUSED', 404],
  ['ENGINE_MANIFEST_UNUSABLE', 404],
  ['ENGINE_NOT_HERE', 404],
  ['ENGINE_CONFLICT', 409],
  ['ENGINE_REMOVAL_CONFLICT', 409],
  ['BODY_TOO_LARGE', 413],
  ['REGISTRY_TOKEN', 401],
  ['ENGINE_UNSUPPORTED', 501],
]);

/** A parameter that is missing or makes no sense. */
export class BadParameterError extends TrustSandboxError {
  readonly code = 'ENGINE_BAD_PARAMETER';
}

/** What is asked for can't be while things are as they are: the container does not run, or has run. */
export class ConflictError extends TrustSandboxError {
  readonly code = 'ENGINE_CONFLICT';
}

/** Something of the Engine API that this engine does not have: it makes no containers and builds no images. */
export class UnsupportedError extends TrustSandboxError {
  readonly code = 'ENGINE_UNSUPPORTED';
}

/** A thing, or a path of the API, that is not here. */
export class NotHereError extends TrustSandboxError {
  readonly code = 'ENGINE_NOT_HERE';
}

/** JSON as dockerd writes it, newline and all. */
export function jsonReply(value: unknown, status = 200): Response {
  return new Response(`${goJson(value)}\n`, { status, headers: { 'content-type': 'application/json' } });
}

/** Docker's error shape (Engine API v1.50, `ErrorResponse`). Unforeseen errors are logged with their cause. */
export function errorReply(thrown: unknown, log: Log): Response {
  const status = statusOf(thrown);
  if (status === 500) log.error('request failed', { message: errorMessage(thrown), cause: thrown });
  return jsonReply({ message: errorMessage(thrown) }, status);
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof RegistryRefusedError) return thrown.status;
  if (thrown instanceof RegistryTokenError) return thrown.status;
  return thrown instanceof TrustSandboxError ? (STATUSES.get(thrown.code) ?? 500) : 500;
}

/**
 * Streams events, each sent as it happens. A failure before the first is an ordinary error reply; a later one is the
 * stream's last line.
 */
export async function streamReply(events: AsyncGenerator<ProgressEvent>, log: Log): Promise<Response> {
  const first = await events.next(); // throws what comes before any output
  const lines = NodeReadable.from(eventLines(first, events, log), { objectMode: false });
  return bytesReply(lines, 'application/json');
}

async function* eventLines(
  first: IteratorResult<ProgressEvent>,
  events: AsyncGenerator<ProgressEvent>,
  log: Log,
): AsyncGenerator<string> {
  try {
    for (let next = first; !next.done; next = await events.next()) yield formatEvent(next.value);
  } catch (thrown) {
    if (!(thrown instanceof TrustSandboxError)) log.error('stream failed', { cause: thrown });
    yield formatFailure(errorMessage(thrown));
  } finally {
    await events.return(undefined);
  }
}

export function bytesReply(body: Readable, contentType: string): Response {
  return new Response(NodeReadable.toWeb(body) as ReadableStream, { headers: { 'content-type': contentType } });
}
