import { randomUUID } from 'node:crypto';
import { type Digest, isTag } from '../../core/index.ts';
import type { ManifestReference, StoredManifest } from '../manifests.ts';

import type { RegistryEvent } from '../notifications/event.ts';
import { locationOf } from './location.ts';
import type { RegistryRequest } from './request.ts';

/** Media type of a blob in events: the registry does not know more of it. */
const BLOB_MEDIA_TYPE = 'application/octet-stream';

/** What a handler did, and to what; the request tells the rest. */
export type Happening = Omit<RegistryEvent, 'repository' | 'url' | 'request' | 'actor'>;

/** Is told what happens; must not throw and returns at once. */
export type Listen = (event: RegistryEvent) => void;

/** The event of a request that was answered. */
export function eventOf(happening: Happening, request: RegistryRequest): RegistryEvent {
  const { socket, headers, method = '' } = request.incoming;
  const repository = request.repository();
  const kind = happening.mediaType === BLOB_MEDIA_TYPE || happening.action === 'mount' ? 'blobs' : 'manifests';
  return {
    ...happening,
    repository,
    ...(happening.digest && { url: locationOf(request, `/v2/${repository}/${kind}/${happening.digest}`) }),
    request: {
      id: randomUUID(),
      addr: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
      host: headers.host ?? '',
      method,
      useragent: headers['user-agent'] ?? '',
    },
  };
}

/** A blob, as events have it. */
export function blobOf(digest: Digest, size?: number): Omit<Happening, 'action'> {
  return { digest, mediaType: BLOB_MEDIA_TYPE, ...(size !== undefined && { size }) };
}

/** A manifest, as events have it, under the reference it was asked for by. */
export function manifestOf(
  { digest, bytes, manifest }: Pick<StoredManifest, 'digest' | 'manifest'> & { readonly bytes: Uint8Array },
  reference: ManifestReference,
): Omit<Happening, 'action'> {
  const { mediaType, blobs, manifests } = manifest;
  const references = [...blobs, ...manifests];
  return { digest, mediaType, size: bytes.byteLength, references, ...(isTag(reference) && { tag: reference }) };
}
