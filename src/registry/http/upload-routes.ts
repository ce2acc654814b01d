import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  isDigest,
  parseDigest,
  parseRepositoryName,
  type RepositoryName,
} from '../../core/index.ts';
import type { Blobs } from '../blobs.ts';
import { RegistryError } from '../errors.ts';
import { parseUploadId, type UploadId } from '../upload-id.ts';
import type { Uploads } from '../uploads.ts';
import { parseContentRange } from './byte-range.ts';
import { blobOf, type Happening } from './happening.ts';
import { locationOf } from './location.ts';
import { emptyReply, type Reply } from './reply.ts';
import type { RegistryRequest } from './request.ts';
import type { Handler } from './route.ts';
import { findUploadOffset, formatUploadState } from './upload-state.ts';

/**
 * `POST /v2/<name>/blobs/uploads/` (distribution-spec v1.1 end-4a): starts an upload. With `?digest=` the body is the
 * whole blob (end-4b); with `?mount=&from=` the blob is taken from another repository, if it has it (end-11), without
 * `from` from any; `?digest-algorithm=` says what the blob will be named by (end-4c, after v1.1).
 */
export function startUpload(uploads: Uploads, blobs: Blobs, anonymousMount: boolean): Handler {
  const mount = async (request: RegistryRequest, name: RepositoryName): Promise<Digest | undefined> => {
    const [asked, from] = [request.query('mount'), request.query('from')];
    if (asked === undefined || (from === undefined && !anonymousMount)) return undefined;
    const digest = parseDigest(asked);
    const isMounted =
      from === undefined
        ? await blobs.mountStored(name, digest)
        : await blobs.mount(name, digest, parseRepositoryName(from));
    return isMounted ? digest : undefined;
  };
  return async (request) => {
    const name = request.repository();
    const mounted = await mount(request, name);
    if (mounted) return { ...created(request, name, mounted), happening: () => mountOf(mounted, request) };
    const digest = request.query('digest');
    const wanted = digest === undefined ? undefined : parseUploadDigest(digest);
    const id = await uploads.start(name, wanted ? digestAlgorithm(wanted) : algorithmOf(request));
    if (wanted === undefined) return accepted(request, name, id, 0);
    let size = 0;
    try {
      size = await uploads.append(name, id, 0, request.incoming);
      await uploads.finish(name, id, wanted);
    } catch (error) {
      await uploads.cancel(name, id);
      throw error;
    }
    return pushed(created(request, name, wanted), wanted, size);
  };
}

/** `GET /v2/<name>/blobs/uploads/<upload>` (end-13): how far it is. */
export function getUpload(uploads: Uploads): Handler {
  return async (request) => {
    const [name, id] = [request.repository(), uploadOf(request)];
    return progress(request, 204, name, id, await uploads.size(name, id));
  };
}

/** `PATCH` (end-5): more of it. RANGE_INVALID, 416, when the chunk does not begin where the upload ends. */
export function patchUpload(uploads: Uploads): Handler {
  return async (request) => {
    const [name, id] = [request.repository(), uploadOf(request)];
    const offset = await offsetOf(request, uploads, name, id);
    return accepted(request, name, id, await uploads.append(name, id, offset, request.incoming));
  };
}

/** `PUT ?digest=` (end-6): the rest of it, if any, and what it must hash to. DIGEST_INVALID. */
export function finishUpload(uploads: Uploads): Handler {
  return async (request) => {
    const [name, id] = [request.repository(), uploadOf(request)];
    const offset = await offsetOf(request, uploads, name, id);
    const digest = parseUploadDigest(request.query('digest'));
    const size = hasBody(request)
      ? await uploads.append(name, id, offset, request.incoming)
      : await uploads.size(name, id);
    await uploads.finish(name, id, digest);
    return pushed(created(request, name, digest), digest, size);
  };
}

/** `DELETE`: forget it. */
export function cancelUpload(uploads: Uploads): Handler {
  return async (request) => {
    const [name, id] = [request.repository(), uploadOf(request)];
    await uploads.cancel(name, id);
    return emptyReply(204, { 'Docker-Upload-Uuid': id });
  };
}

function pushed(reply: Reply, digest: Digest, size: number): Reply {
  return { ...reply, happening: () => ({ action: 'push', ...blobOf(digest, size) }) };
}

function mountOf(digest: Digest, request: RegistryRequest): Happening {
  const from = request.query('from');
  return {
    action: 'mount',
    ...blobOf(digest),
    ...(from !== undefined && { fromRepository: parseRepositoryName(from) }),
  };
}

function uploadOf(request: RegistryRequest): UploadId {
  return parseUploadId(request.reference());
}

/** @throws {RegistryError} DIGEST_INVALID: none that is known here */
function algorithmOf(request: RegistryRequest): DigestAlgorithm {
  const text = request.query('digest-algorithm') ?? 'sha256';
  if (text === 'sha256' || text === 'sha512') return text;
  throw new RegistryError('DIGEST_INVALID', 'digest algorithm not supported');
}

function parseUploadDigest(text: string | undefined): Digest {
  if (text === undefined) throw new RegistryError('DIGEST_INVALID', 'digest missing');
  if (!isDigest(text)) throw new RegistryError('DIGEST_INVALID', 'digest parsing failed');
  return text;
}

/**
 * Where a chunk is to begin: what Content-Range says, else the offset that was current when the client was given this
 * URL (`_state`), so that a chunk sent twice is not taken twice. A client that made up its own URL has neither.
 * @throws {RegistryError} RANGE_INVALID, SIZE_INVALID; BLOB_UPLOAD_INVALID for a state that was never given or is old
 */
async function offsetOf(
  request: RegistryRequest,
  uploads: Uploads,
  name: RepositoryName,
  id: UploadId,
): Promise<number | undefined> {
  const size = await uploads.size(name, id);
  const range = parseContentRange(request.header('content-range'), request.header('content-length'));
  const state = request.query('_state');
  if (range || state === undefined) return range?.start;
  const offset = findUploadOffset(request.urls.uploadSecret, name, id, state);
  if (offset === undefined) throw new RegistryError('BLOB_UPLOAD_INVALID', {});
  if (offset !== size) throw new RegistryError('BLOB_UPLOAD_INVALID');
  return offset;
}

function hasBody(request: RegistryRequest): boolean {
  return request.header('transfer-encoding') !== undefined || Number(request.header('content-length') ?? 0) > 0;
}

function accepted(request: RegistryRequest, name: RepositoryName, id: UploadId, size: number): Reply {
  return progress(request, 202, name, id, size);
}

function progress(
  request: RegistryRequest,
  status: 202 | 204,
  name: RepositoryName,
  id: UploadId,
  size: number,
): Reply {
  const state = formatUploadState(request.urls.uploadSecret, name, id, size);
  return emptyReply(status, {
    Location: locationOf(request, `/v2/${name}/blobs/uploads/${id}?_state=${encodeURIComponent(state)}`),
    'Docker-Upload-Uuid': id,
    Range: `0-${Math.max(0, size - 1)}`,
  });
}

function created(request: RegistryRequest, name: RepositoryName, digest: Digest): Reply {
  return emptyReply(201, {
    Location: locationOf(request, `/v2/${name}/blobs/${digest}`),
    'Docker-Content-Digest': digest,
  });
}
