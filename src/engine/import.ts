import { type Digest, digestOf, type ImageReference, type JsonObject, packageVersion } from '../core/index.ts';
import { layerMediaType } from './compression.ts';
import { changeConfig } from './config-changes.ts';
import { readHeldLayer } from './layer-archive.ts';
import type { Platform } from './platform.ts';
import { type Emit, message } from './progress-event.ts';
import type { ImageStore } from './store/image-store.ts';

export interface ImportRequest {
  /** A file system as a tar archive, packed or not. */
  readonly archive: AsyncIterable<Uint8Array>;
  readonly reference: ImageReference | undefined;
  /** Lines of a Dockerfile: `CMD ["sh"]`. */
  readonly changes: readonly string[];
  readonly comment: string;
  readonly platform: Platform;
}

/**
 * Makes an image of one layer of a file system (Engine API v1.51, `ImageCreate` with `fromSrc`); its id is the only line.
 * @returns the id
 * @throws {ConfigChangeError | LayerArchiveError | CompressionError}
 */
export async function importImage(
  store: ImageStore,
  { archive, reference, changes, comment, platform }: ImportRequest,
  emit: Emit,
  signal: AbortSignal,
  now: () => Date,
): Promise<Digest> {
  const config = changeConfig({}, changes); // before anything is read: a mistake in it is told at once
  await using lease = store.lease();
  await using ingest = await store.blobs.ingest();
  for await (const chunk of archive) {
    signal.throwIfAborted();
    await ingest.write(chunk);
  }
  const { digest, size } = ingest;
  lease.pin(digest);
  await store.blobs.commit(ingest);
  const { compression, ...content } = await readHeldLayer(store.blobs, digest, { signal });
  signal.throwIfAborted();
  lease.pin(content.diffId);
  const bytes = Buffer.from(JSON.stringify(configOf(config, content.diffId, comment, platform, now().toISOString())));
  const id = digestOf(bytes);
  lease.pin(id);
  store.putLayer({ ...content, blob: { mediaType: layerMediaType(compression), digest, size } });
  await store.blobs.put(bytes);
  store.putImage(id, [content.diffId]);
  if (reference) store.putNames(id, [reference], now());
  await store.flush();
  emit(message(id));
  return id;
}

function configOf(
  config: JsonObject,
  diffId: Digest,
  comment: string,
  platform: Platform,
  created: string,
): JsonObject {
  return {
    ...platform,
    comment,
    config,
    created,
    docker_version: packageVersion,
    history: [{ created, comment }],
    rootfs: { type: 'layers', diff_ids: [diffId] },
  };
}
