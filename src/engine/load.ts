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
 * image-spec v1.1, image-layout.md). All of them, or none: layers are verified against the configs before the first is kept.
 * @returns ids of the images
 * @throws {ImageArchiveError | RootfsMismatchError | ImageConfigError | LayerArchiveError | CompressionError}
 */
export async function loadImages(context: LoadContext, source: AsyncIterable<Uint8Array>): Promise<Digest[]> {
  const { store, emit, signal, now } = context;
  await using lease = store.lease();
  await using entries = await ArchiveEntries.read(store.blobs, source);
  signal.throwIfAborted();
  const loaded: LoadedImage[] = [];
  for (const image of await listArchived(entries, context.platform)) {
    loaded.push(await loadImage(context, entries, image, lease));
  }
  const told = loaded.flatMap((image) => keepLoaded(store, image, now()));
  await store.flush();
  for (const stream of told) emit({ stream });
  return loaded.map(({ id }) => id);
}

/** An image whose blobs and layers are verified and in the store, which does not know it yet. */
interface LoadedImage {
  readonly id: Digest;
  readonly diffIds: readonly Digest[];
  readonly references: readonly ImageReference[];
  readonly manifest: Descriptor | undefined;
}

async function loadImage(
  context: LoadContext,
  entries: ArchiveEntries,
  { config: file, layers, references, manifest }: ArchivedImage,
  lease: Lease,
): Promise<LoadedImage> {
  const { store, signal } = context;
  const bytes = await contentOf(entries.get(file), MAX_CONFIG_BYTES);
  const { diffIds } = parseImageConfig(bytes);
  if (diffIds.length !== layers.length) throw new RootfsMismatchError();
  const id = digestOf(bytes);
  lease.pin(id);
  const blobs: Descriptor[] = [];
  for (const [i, name] of layers.entries()) {
    signal.throwIfAborted();
    blobs.push(await loadLayer(context, entries.get(name), diffIds[i] as Digest, lease));
  }
  await store.blobs.put(bytes);
  return { id, diffIds, references, manifest: await keepManifest(store, manifest, blobs, lease) };
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
  store.putLayer({ ...content, blob });
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

/** Stages an image with its names, those that others had too. @returns what is to be told of it */
function keepLoaded(store: ImageStore, { id, diffIds, references, manifest }: LoadedImage, now: Date): string[] {
  store.putImage(id, diffIds, manifest);
  if (references.length === 0) return [`Loaded image ID: ${id}\n`];
  return references.flatMap((reference) => {
    const shown = `${fullName(reference)}:${reference.tag}`.replace(/^docker\.io\/(library\/(?=[^/]+$))?/, '');
    const old = store.references.find(reference);
    store.putNames(id, [reference], now);
    const loaded = `Loaded image: ${shown}\n`;
    if (old === undefined || old === id) return [loaded];
    return [`The image ${shown} already exists, renaming the old one with ID ${old} to empty string\n`, loaded];
  });
}
