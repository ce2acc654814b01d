import { type Descriptor, type Digest, digestOf, fullName, type ImageReference, MEDIA_TYPES } from '../core/index.ts';
import { ArchiveEntries } from './archive-entries.ts';
import { type ArchivedImage, contentOf, listArchived } from './archived-image.ts';
import { layerMediaType } from './compression.ts';
import { RootfsMismatchError } from './content-errors.ts';
import { MAX_CONFIG_BYTES, parseImageConfig } from './image-config.ts';
import { readHeldLayer } from './layer-archive.ts';
import { shortId } from './layer-pull.ts';
import { parseManifest } from './manifest.ts';
import type { Platform } from './platform.ts';
import { type Emit, step } from './progress-event.ts';
import type { ImageStore } from './store/image-store.ts';
import type { Ingest } from './store/ingest.ts';
import type { Lease } from './store/lease.ts';

export interface LoadContext {
  readonly store: ImageStore;
  readonly platform: Platform;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  now(): Date;
}

/**
 * Takes in the images of an archive: docker's (`manifest.json`; docker image spec v1.2) or an OCI layout (`index.json`;
 * image-spec v1.1, image-layout.md). Layers are verified against the config before anything is named.
 * @returns ids of the images
 * @throws {ImageArchiveError | RootfsMismatchError | ImageConfigError | LayerArchiveError | CompressionError}
 */
export async function loadImages(context: LoadContext, source: AsyncIterable<Uint8Array>): Promise<Digest[]> {
  const { store, emit, signal } = context;
  await using lease = store.lease();
  await using entries = await ArchiveEntries.read(store.blobs, source);
  signal.throwIfAborted();
  const ids: Digest[] = [];
  for (const image of await listArchived(entries, context.platform)) {
    const id = await loadImage(context, entries, image, lease);
    await nameLoaded(context, id, image.references);
    if (image.references.length === 0) emit({ stream: `Loaded image ID: ${id}\n` });
    ids.push(id);
  }
  return ids;
}

/** @returns the image's id, stored and verified, not yet named */
async function loadImage(
  context: LoadContext,
  entries: ArchiveEntries,
  image: ArchivedImage,
  lease: Lease,
): Promise<Digest> {
  const { store, signal } = context;
  const bytes = await contentOf(entries.get(image.config), MAX_CONFIG_BYTES);
  const config = parseImageConfig(bytes);
  if (config.diffIds.length !== image.layers.length) throw new RootfsMismatchError();
  const id = digestOf(bytes);
  lease.pin(id);
  const blobs: Descriptor[] = [];
  for (const [i, name] of image.layers.entries()) {
    signal.throwIfAborted();
    blobs.push(await loadLayer(context, entries.get(name), config.diffIds[i] as Digest, lease));
  }
  await store.blobs.put(bytes);
  await store.putImage(id, config.diffIds, await keepManifest(store, image.manifest, blobs, lease));
  return id;
}

async function loadLayer(
  { store, emit }: LoadContext,
  file: Ingest,
  diffId: Digest,
  lease: Lease,
): Promise<Descriptor> {
  lease.pin(diffId);
  const known = store.findLayer(diffId)?.blobs ?? [];
  const held = known.find((blob) => blob.digest === file.digest) ?? (file.digest === diffId ? known[0] : undefined);
  if (held) return held;
  const { digest, size } = file;
  lease.pin(digest);
  await store.blobs.commit(file);
  const { compression, ...content } = await readHeldLayer(store.blobs, digest);
  if (content.diffId !== diffId) throw new RootfsMismatchError();
  const blob = { mediaType: layerMediaType(compression), digest, size };
  await store.putLayer({ ...content, blob });
  emit(step(shortId(diffId), 'Loading layer', { current: content.tarSize, total: content.tarSize }));
  return blob;
}

/** Keeps the manifest of a layout whose layers are packed as it says, so that a push gives its digest again. */
async function keepManifest(
  store: ImageStore,
  bytes: Buffer | undefined,
  blobs: readonly Descriptor[],
  lease: Lease,
): Promise<Descriptor | undefined> {
  if (!bytes) return undefined;
  const manifest = parseManifest(bytes, MEDIA_TYPES.ociManifest);
  if (manifest.kind !== 'image') return undefined;
  const isPacked = manifest.layers.every(
    ({ digest, mediaType }, i) => digest === blobs[i]?.digest && mediaType !== MEDIA_TYPES.ociLayer,
  );
  if (!isPacked) return undefined;
  const digest = digestOf(bytes);
  lease.pin(digest);
  await store.blobs.put(bytes);
  return { mediaType: manifest.mediaType, digest, size: bytes.byteLength };
}

async function nameLoaded(
  { store, emit, now }: LoadContext,
  id: Digest,
  names: readonly ImageReference[],
): Promise<void> {
  for (const reference of names) {
    const shown = `${fullName(reference)}:${reference.tag}`.replace(/^docker\.io\/(library\/(?=[^/]+$))?/, '');
    const old = store.references.find(reference);
    if (old !== undefined && old !== id) {
      emit({
        stream: `The image ${shown} already exists, renaming the old one with ID ${old} to empty string\n`,
      });
    }
    await store.name(id, [reference], now());
    emit({ stream: `Loaded image: ${shown}\n` });
  }
}
