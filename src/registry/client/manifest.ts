import { type Digest, digestOf, isDigest, MEDIA_TYPES, type RepositoryName, type Tag } from '../../core/index.ts';
import { RegistryProtocolError } from './errors.ts';
import { readBounded, refusal } from './reply.ts';
import { pullScope, pushScope } from './scope.ts';
import type { Session } from './session.ts';
import type { TransportReply } from './transport.ts';

/** A manifest as a registry offers it: its bytes are to be verified by who asked. */
export interface OfferedManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What HEAD tells of a manifest. `digest` as the registry claims it. */
export interface ManifestHead {
  readonly mediaType: string;
  readonly size: number;
  readonly digest: Digest | undefined;
}

/** Distribution's own limit for manifests. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const ACCEPT = [
  MEDIA_TYPES.ociManifest,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerManifestList,
  MEDIA_TYPES.ociIndex,
  'application/json',
].join(', ');

/** `GET /v2/<name>/manifests/<reference>` (distribution-spec v1.1 end-3). @throws {RegistryRefusedError} unknown, denied */
export async function getManifest(
  session: Session,
  name: RepositoryName,
  reference: Tag | Digest,
  signal?: AbortSignal,
): Promise<OfferedManifest> {
  const reply = await session.send({
    method: 'GET',
    target: manifestPath(name, reference),
    headers: { accept: ACCEPT },
    scope: pullScope(name),
    signal,
  });
  if (reply.status !== 200) throw await refusal(reply);
  return { mediaType: mediaTypeOf(reply), bytes: await readBounded(reply.body, MAX_MANIFEST_BYTES) };
}

/** `HEAD /v2/<name>/manifests/<reference>` (end-3); undefined where there is none. */
export async function headManifest(
  session: Session,
  name: RepositoryName,
  reference: Tag | Digest,
  signal?: AbortSignal,
): Promise<ManifestHead | undefined> {
  const reply = await session.send({
    method: 'HEAD',
    target: manifestPath(name, reference),
    headers: { accept: ACCEPT },
    scope: pullScope(name),
    signal,
  });
  if (reply.status === 404) {
    await reply.dump();
    return undefined;
  }
  if (reply.status !== 200) throw await refusal(reply);
  await reply.dump();
  const digest = reply.headers.get('docker-content-digest') ?? '';
  return {
    mediaType: mediaTypeOf(reply),
    size: Number(reply.headers.get('content-length') ?? 0),
    digest: isDigest(digest) ? digest : undefined,
  };
}

/**
 * `PUT /v2/<name>/manifests/<reference>` (end-7).
 * @throws {RegistryProtocolError} the registry took it for other bytes
 */
export async function putManifest(
  session: Session,
  name: RepositoryName,
  reference: Tag | Digest,
  manifest: OfferedManifest,
  signal?: AbortSignal,
): Promise<Digest> {
  const reply = await session.send({
    method: 'PUT',
    target: manifestPath(name, reference),
    headers: { 'content-type': manifest.mediaType },
    body: manifest.bytes.toString('utf8'),
    scope: pushScope(name),
    signal,
  });
  if (reply.status !== 201 && reply.status !== 202) throw await refusal(reply);
  await reply.dump();
  const digest = digestOf(manifest.bytes);
  const claimed = reply.headers.get('docker-content-digest');
  if (claimed !== undefined && claimed !== digest) {
    throw new RegistryProtocolError(`registry stored manifest ${digest} as ${claimed.slice(0, 160)}`);
  }
  return digest;
}

function manifestPath(name: RepositoryName, reference: Tag | Digest): string {
  return `/v2/${name}/manifests/${reference}`;
}

function mediaTypeOf(reply: TransportReply): string {
  return (reply.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
}
