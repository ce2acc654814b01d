import type { Digest, RepositoryName } from '../../core/index.ts';
import { RegistryProtocolError } from './errors.ts';
import { refusal } from './reply.ts';
import { pullScope, pushScope } from './scope.ts';
import type { Session } from './session.ts';
import type { TransportReply } from './transport.ts';

/** What a POST for an upload led to: the blob is there already, mounted; or an upload is open at `location`. */
export type UploadStart = { readonly kind: 'mounted' } | { readonly kind: 'open'; readonly location: URL };

/** A blob of another repository of the same registry that may be mounted instead of uploaded. */
export interface MountSource {
  readonly digest: Digest;
  readonly from: RepositoryName;
}

/** `POST /v2/<name>/blobs/uploads/`, with `mount` and `from` where there is a source (distribution-spec v1.1 end-4a, end-11). */
export async function startUpload(
  session: Session,
  base: URL,
  name: RepositoryName,
  mount?: MountSource,
  signal?: AbortSignal,
): Promise<UploadStart> {
  const target = new URL(`/v2/${name}/blobs/uploads/`, base);
  if (mount) target.search = new URLSearchParams({ mount: mount.digest, from: mount.from }).toString();
  const reply = await session.send({
    method: 'POST',
    target,
    headers: { 'content-length': '0' },
    scope: mount ? `${pushScope(name)} ${pullScope(mount.from)}` : pushScope(name),
    signal,
  });
  if (mount && reply.status === 201) {
    await reply.dump();
    return { kind: 'mounted' };
  }
  if (reply.status !== 202) throw await refusal(reply);
  return { kind: 'open', location: await nextLocation(reply, target) };
}

/**
 * `PATCH` with all bytes of `body`, then `PUT ?digest=` (end-5, end-6). `digest` is asked for when the body has ended.
 * @throws {RegistryRefusedError} the bytes are not the digest's, or the upload is gone
 */
export async function finishUpload(
  session: Session,
  name: RepositoryName,
  location: URL,
  body: AsyncIterable<Uint8Array>,
  digest: () => Digest,
  signal?: AbortSignal,
): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  const patched = await session.send({
    method: 'PATCH',
    target: location,
    headers,
    body,
    scope: pushScope(name),
    signal,
  });
  if (patched.status !== 202) throw await refusal(patched);
  const target = await nextLocation(patched, location);
  target.searchParams.set('digest', digest());
  const reply = await session.send({
    method: 'PUT',
    target,
    headers: { 'content-length': '0' },
    scope: pushScope(name),
    signal,
  });
  if (reply.status !== 201) throw await refusal(reply);
  await reply.dump();
}

/** `DELETE` of an open upload (distribution, "Canceling an Upload"); a registry that does not know how is no error. */
export async function cancelUpload(session: Session, name: RepositoryName, location: URL): Promise<void> {
  const reply = await session.send({ method: 'DELETE', target: location, scope: pushScope(name) });
  await reply.dump();
}

async function nextLocation(reply: TransportReply, from: URL): Promise<URL> {
  await reply.dump();
  const location = reply.headers.get('location');
  if (location === undefined || !URL.canParse(location, from.href)) {
    throw new RegistryProtocolError('registry opened an upload without saying where');
  }
  return new URL(location, from);
}
