import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../core/index.ts';
import type { Blobs, StoredBlob } from '../blobs.ts';
import { RegistryError } from '../errors.ts';
import type { BlobReader } from '../readers.ts';
import { type ByteRange, parseRange } from './byte-range.ts';
import { etagOf, isUnchanged } from './conditional.ts';
import { expectUse } from './expected-use.ts';
import { blobOf } from './happening.ts';
import { emptyReply, jsonReply, type Reply } from './reply.ts';
import type { RegistryRequest } from './request.ts';
import type { Handler } from './route.ts';

const YEAR_SECONDS = 31_536_000;

/** `GET` and `HEAD /v2/<name>/blobs/<digest>` (distribution-spec v1.1 end-2), by range too. BLOB_UNKNOWN. */
export function getBlob(blobs: BlobReader, log: Log): Handler {
  return async (request) => {
    const [name, digest] = [request.repository(), request.digest()];
    const use = await expectUse(blobs, request, name, digest);
    const blob = await blobs.get(name, digest);
    if (blob.storedSize !== blob.promisedSize) warnOfSize(log, blob);
    const headers = blobHeaders(blob);
    if (isUnchanged(request.header('if-none-match'), blob.digest)) return emptyReply(304, headers);
    const range = wantedRange(request, blob);
    if (range instanceof RegistryError) return unsatisfiable(range, blob, headers);
    const elsewhere = request.isHead ? undefined : await blobs.redirect?.(blob);
    if (elsewhere !== undefined) return redirected(elsewhere, blob);
    const length = range ? range.end - range.start + 1 : blob.promisedSize;
    return {
      happening: () => ({ action: 'pull', ...blobOf(blob.digest, blob.promisedSize) }),
      ...(!range && blob.storedSize === blob.promisedSize && blob.sources && { sources: blob.sources }),
      ...use,
      status: range ? 206 : 200,
      headers: {
        'Accept-Ranges': 'bytes',
        ...headers,
        'Content-Length': String(length),
        'Content-Type': 'application/octet-stream',
        ...(range ? { 'Content-Range': `bytes ${range.start}-${range.end}/${blob.promisedSize}` } : {}),
      },
      stream: async (outgoing) => {
        const wanted = { offset: range?.start ?? 0, length };
        const sent = await sendBody(outgoing, length, async (count) =>
          blobs.send
            ? blobs.send(blob, wanted, (chunk) => write(outgoing, count(chunk)))
            : pipeline(await blobs.read(blob, wanted), counted(count), outgoing, { end: false }),
        );
        if (sent < length) log.warn('stored blob ended early; connection cut', { digest: blob.digest, length, sent });
      },
    };
  };
}

/** `DELETE /v2/<name>/blobs/<digest>` (distribution-spec v1.1 end-10). BLOB_UNKNOWN; UNSUPPORTED when not enabled. */
export function deleteBlob(blobs: Blobs, isEnabled: boolean): Handler {
  return async (request) => {
    const name = request.repository();
    const digest = request.digest();
    if (!isEnabled) throw new RegistryError('UNSUPPORTED');
    await blobs.delete(name, digest);
    return { ...emptyReply(202), happening: () => ({ action: 'delete', ...blobOf(digest) }) };
  };
}

/** Where the storage itself gives the blob; not to be kept by anybody, since the URL is good for a while only. */
function redirected(url: string, { digest, promisedSize }: StoredBlob): Reply {
  const headers = { 'Cache-Control': 'no-store', 'Docker-Content-Digest': digest, Location: url };
  return { ...emptyReply(307, headers), happening: () => ({ action: 'pull', ...blobOf(digest, promisedSize) }) };
}

function blobHeaders({ digest }: StoredBlob): Record<string, string> {
  return { 'Cache-Control': `max-age=${YEAR_SECONDS}`, 'Docker-Content-Digest': digest, Etag: etagOf(digest) };
}

/** Of the promised bytes: that a file on disk was cut short does not change what its digest stands for. */
function wantedRange(
  request: RegistryRequest,
  { digest, promisedSize }: StoredBlob,
): ByteRange | RegistryError | undefined {
  const ifRange = request.header('if-range');
  if (request.isHead || (ifRange !== undefined && ifRange !== etagOf(digest))) return undefined;
  try {
    return parseRange(request.header('range'), promisedSize);
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
}

function unsatisfiable(error: RegistryError, { promisedSize }: StoredBlob, headers: Record<string, string>): Reply {
  const { 'Docker-Content-Digest': digest = '' } = headers;
  return jsonReply(
    error.status,
    { errors: error.entries },
    {
      'Docker-Content-Digest': digest,
      'Content-Range': `bytes */${promisedSize}`,
    },
  );
}

function warnOfSize(log: Log, { digest, promisedSize, storedSize }: StoredBlob): void {
  log.warn('stored blob no longer has the promised size: it was changed on disk', { digest, promisedSize, storedSize });
}

/**
 * Sends up to `length` bytes and ends the response; when the source has fewer, sends those and cuts the connection, the
 * one way HTTP/1.1 has to say that a body is not whole. Answers the bytes sent. A client that goes away ends it quietly.
 */
async function sendBody(
  outgoing: ServerResponse,
  length: number,
  send: (count: (chunk: Buffer) => Buffer) => Promise<void>,
): Promise<number> {
  let sent = 0;
  try {
    await send((chunk) => {
      sent += chunk.byteLength;
      return chunk;
    });
  } catch (error) {
    if (outgoing.destroyed) return length; // the client left
    throw error;
  }
  if (sent === length) {
    outgoing.end();
  } else {
    outgoing.flushHeaders();
    outgoing.socket?.destroySoon();
  }
  return sent;
}

/** Resolves when the bytes have left: their memory may be used again. */
function write(outgoing: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function counted(count: (chunk: Buffer) => Buffer) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) yield count(chunk);
  };
}
