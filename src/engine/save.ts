import { once } from 'node:events';
import { type Pack, pack } from 'tar-stream';
import {
  type Descriptor,
  type Digest,
  digestOf,
  formatReference,
  type ImageReference,
  MEDIA_TYPES,
  parseImageReference,
  TrustSandboxError,
  withDefaultTag,
} from '../core/index.ts';
import { ociLayerType } from './compression.ts';
import { getImage, ImageNotFoundError, isIdPrefix } from './lookup.ts';
import { parseManifest } from './manifest.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';
import type { Lease } from './store/lease.ts';

/** There is nothing of that name to save. */
export class SaveRefusedError extends TrustSandboxError {
  readonly code = 'ENGINE_SAVE_REFUSED';
}

interface SavedImage {
  readonly image: ImageRecord;
  readonly references: readonly ImageReference[];
  readonly layers: readonly Descriptor[];
  readonly manifest: Buffer;
  readonly mediaType: string;
}

const MTIME = new Date(0); // the same images give the same archive

/** Opens an archive of images, checked that they are here. Names may be ids; the archive then has no name for them. */
export async function openSave(store: ImageStore, names: readonly string[]): Promise<AsyncIterable<Uint8Array>> {
  const lease = store.lease();
  const images = new Map<Digest, SavedImage>();
  try {
    for (const name of names) {
      const { image, reference } = select(store, name);
      const references = [...(images.get(image.id)?.references ?? []), ...(reference ? [reference] : [])];
      images.set(image.id, await describe(store, image, references, lease));
    }
  } catch (thrown) {
    await lease[Symbol.asyncDispose]();
    throw thrown;
  }
  return writeArchive(store, [...images.values()], lease);
}

function select(store: ImageStore, name: string): { image: ImageRecord; reference: ImageReference | undefined } {
  try {
    const image = getImage(store, name);
    if (isIdPrefix(image.id, name)) return { image, reference: undefined };
    const { domain, repository, tag, digest } = withDefaultTag(parseImageReference(name));
    return { image, reference: digest || !tag ? undefined : { domain, repository, tag } };
  } catch (cause) {
    if (cause instanceof ImageNotFoundError) throw new SaveRefusedError('reference does not exist', { cause });
    throw cause;
  }
}

async function describe(
  store: ImageStore,
  image: ImageRecord,
  references: readonly ImageReference[],
  lease: Lease,
): Promise<SavedImage> {
  for (const pinned of [image.id, ...image.diffIds]) lease.pin(pinned);
  const kept = image.manifests.at(-1);
  if (kept) {
    const manifest = await store.blobs.bytes(kept.digest);
    const parsed = parseManifest(manifest, kept.mediaType);
    if (parsed.kind === 'image') {
      for (const { digest } of parsed.layers) lease.pin(digest);
      return { image, references, layers: parsed.layers, manifest, mediaType: parsed.mediaType };
    }
  }
  const layers = image.diffIds.map((diffId) => store.findLayer(diffId)?.blobs[0]);
  if (!layers.every((layer) => layer !== undefined)) throw new SaveRefusedError(`image ${image.id} lacks a layer`);
  for (const { digest } of layers) lease.pin(digest);
  const config = { mediaType: MEDIA_TYPES.ociConfig, digest: image.id, size: (await store.blobs.size(image.id)) ?? 0 };
  const named = layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) }));
  const value = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers: named };
  return {
    image,
    references,
    layers,
    manifest: Buffer.from(JSON.stringify(value)),
    mediaType: MEDIA_TYPES.ociManifest,
  };
}

/**
 * Docker's archive of today (since 25): an OCI layout that has `manifest.json` beside it. Layers are as we hold them,
 * packed or not, so that a loaded image can be pushed with its digest again.
 */
async function* writeArchive(
  store: ImageStore,
  images: readonly SavedImage[],
  lease: Lease,
): AsyncGenerator<Uint8Array> {
  const archive = pack();
  const writing = writeEntries(archive, store, images).catch((thrown: Error) => archive.destroy(thrown));
  try {
    yield* archive as unknown as AsyncIterable<Uint8Array>;
    await writing;
  } finally {
    archive.destroy();
    await lease[Symbol.asyncDispose]();
  }
}

async function writeEntries(archive: Pack, store: ImageStore, images: readonly SavedImage[]): Promise<void> {
  const written = new Set<Digest>();
  for (const folder of ['blobs/', 'blobs/sha256/']) archive.entry({ name: folder, type: 'directory', mtime: MTIME });
  for (const { image, layers, manifest } of images) {
    await writeBlob(archive, written, digestOf(manifest), manifest);
    await writeBlob(archive, written, image.id, await store.blobs.bytes(image.id));
    for (const layer of layers) {
      if (written.has(layer.digest)) continue;
      written.add(layer.digest);
      const entry = archive.entry({ name: blobName(layer.digest), size: layer.size, mode: 0o644, mtime: MTIME });
      for await (const chunk of store.blobs.read(layer.digest) as AsyncIterable<Buffer>) {
        if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), once(archive, 'close')]);
        if (archive.destroyed) return;
      }
      (entry as NodeJS.WritableStream).end();
    }
  }
  archive.entry({ name: 'index.json', mode: 0o644, mtime: MTIME }, JSON.stringify(indexOf(images)));
  archive.entry({ name: 'manifest.json', mode: 0o644, mtime: MTIME }, JSON.stringify(images.map(dockerEntry)));
  archive.entry({ name: 'oci-layout', mode: 0o644, mtime: MTIME }, '{"imageLayoutVersion": "1.0.0"}');
  archive.finalize();
}

async function writeBlob(archive: Pack, written: Set<Digest>, digest: Digest, bytes: Buffer): Promise<void> {
  if (written.has(digest)) return;
  written.add(digest);
  archive.entry({ name: blobName(digest), mode: 0o644, mtime: MTIME }, bytes);
}

function indexOf(images: readonly SavedImage[]): unknown {
  const manifests = images.flatMap(({ references, manifest, mediaType }) => {
    const descriptor = { mediaType, digest: digestOf(manifest), size: manifest.byteLength };
    if (references.length === 0) return [descriptor];
    return references.map(({ domain, repository, tag }) => ({
      ...descriptor,
      annotations: {
        'io.containerd.image.name': `${domain}/${repository}:${tag}`,
        'org.opencontainers.image.ref.name': tag,
      },
    }));
  });
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
}

function dockerEntry({ image, references, layers }: SavedImage): unknown {
  return {
    Config: blobName(image.id),
    RepoTags: references.length === 0 ? null : references.map(formatReference),
    Layers: layers.map(({ digest }) => blobName(digest)),
  };
}

function blobName(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}
