import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { TrustSandboxError } from '../core/index.ts';

/** A body over its limit. `limit` in bytes. */
export class BodyTooLargeError extends TrustSandboxError {
  readonly code = 'BODY_TOO_LARGE';
  readonly limit: number;
  constructor(limit: number) {
    super(`body is larger than the ${limit} bytes allowed here`);
    this.limit = limit;
  }
}

/** The other side went away before the body it promised was whole. */
export class BodyTruncatedError extends TrustSandboxError {
  readonly code = 'BODY_TRUNCATED';
}

/**
 * Gathers a small body. For manifests, metadata and JSON; blobs are streamed instead.
 * @throws {BodyTooLargeError} as soon as more than `maxBytes` are announced or seen
 * @throws {BodyTruncatedError} the connection closed early
 */
export function readBody(source: Readable, maxBytes: number): Promise<Buffer> {
  const announced = Number((source as Partial<IncomingMessage>).headers?.['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.reject(new BodyTooLargeError(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size <= maxBytes) chunks.push(chunk);
      else settle(() => reject(new BodyTooLargeError(maxBytes)));
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, size)));
    const onClose = (): void =>
      settle(() => reject(new BodyTruncatedError('connection closed before the body was whole')));
    const onError = (cause: Error): void => settle(() => reject(new BodyTruncatedError(cause.message, { cause })));
    const settle = (then: () => void): void => {
      source.off('data', onData).off('end', onEnd).off('close', onClose);
      source.pause();
      then();
    };
    source.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError);
  });
}
