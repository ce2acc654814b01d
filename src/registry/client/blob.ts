import type { Digest, RepositoryName } from '../../core/index.ts';
import { RegistryProtocolError } from './errors.ts';
import { refusal } from './reply.ts';
import { pullScope } from './scope.ts';
import type { Session } from './session.ts';

/**
 * A blob on its way in. `size` is the whole blob's as announced, undefined where it was not; `body` begins at `offset`,
 * which is 0 where the registry does not serve ranges.
 */
export interface BlobDownload {
  readonly size: number | undefined;
  readonly offset: number;
  /** @throws {RegistryTruncatedError} the body ended early */
  readonly body: AsyncIterable<Uint8Array>;
}

const CONTENT_RANGE = /^bytes (\d+)-\d+\/(\d+)$/;

/** `HEAD /v2/<name>/blobs/<digest>` (distribution-spec v1.1 end-2): the size in bytes, undefined where there is none. */
export async function headBlob(
  session: Session,
  name: RepositoryName,
  digest: Digest,
  scope: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const reply = await session.send({ method: 'HEAD', target: blobPath(name, digest), scope, signal });
  if (reply.status === 404) {
    await reply.dump();
    return undefined;
  }
  if (reply.status !== 200) throw await refusal(reply);
  await reply.dump();
  return Number(reply.headers.get('content-length') ?? 0);
}

/**
 * `GET /v2/<name>/blobs/<digest>` (end-2), from `offset` on by Range (RFC 9110 §14.2).
 * @throws {RegistryRefusedError} unknown, denied
 */
export async function getBlob(
  session: Session,
  name: RepositoryName,
  digest: Digest,
  offset: number,
  signal?: AbortSignal,
): Promise<BlobDownload> {
  const reply = await session.send({
    method: 'GET',
    target: blobPath(name, digest),
    ...(offset > 0 && { headers: { range: `bytes=${offset}-` } }),
    scope: pullScope(name),
    signal,
  });
  if (reply.status === 200) {
    const length = reply.headers.get('content-length');
    return { size: length === undefined ? undefined : Number(length), offset: 0, body: reply.body };
  }
  if (reply.status !== 206) throw await refusal(reply);
  const [, start, size] = CONTENT_RANGE.exec(reply.headers.get('content-range') ?? '') ?? [];
  if (Number(start) !== offset) {
    await reply.dump();
    throw new RegistryProtocolError(`range from byte ${offset} answered with ${reply.headers.get('content-range')}`);
  }
  return { size: Number(size), offset, body: reply.body };
}

function blobPath(name: RepositoryName, digest: Digest): string {
  return `/v2/${name}/blobs/${digest}`;
}
