import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor, Digest, ImageReference } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { BlobStore } from './blob-store.ts';
import { chainIds, type ImageRecord, parseImageRecord } from './image-record.ts';
import { type LayerRecord, type LayerSource, parseLayerRecord } from './layer-record.ts';
import { Lease } from './lease.ts';
import { finishPublication, publish } from './publication.ts';
import { Records } from './records.ts';
import { ReferenceStore } from './reference-store.ts';

/** A layer as it was just verified: its diffID and sizes, the blob it came as, and where from. */
export interface VerifiedLayer {
  readonly diffId: Digest;
  readonly size: number;
  readonly tarSize: number;
  readonly blob: Descriptor;
  readonly source?: LayerSource;
}

const MAX_SOURCES = 16;

/**
 * Images on disk, under one root:
 *
 *     blobs/<algorithm>/<hex>   manifests, configs, layers as they came
 *     layers/<hex>.json         one record a layer, by diffID
 *     images/<hex>.json         one record an image, by id
 *     references.json           names
 *     redo/                     records and names on their way into their places (`publication.ts`)
 *     tmp/                      what is on its way in; emptied when opened
 *
 * Blobs are in their places as soon as they are whole. Records and names that speak of them are in memory first, and come
 * to the disk together, by `flush`: all that was staged is there after a crash, or nothing. Blobs that nothing names are
 * swept up by the next removal. One process at a time.
 */
export class ImageStore {
  readonly blobs: BlobStore;
  readonly references: ReferenceStore;
  readonly #root: string;
  readonly #temporary: string;
  readonly #images: Records<ImageRecord>;
  readonly #layers: Records<LayerRecord>;
  readonly #leases = new Set<Lease>();
  readonly #chains = new Map<Digest, readonly Digest[]>();
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    root: string,
    temporary: string,
    blobs: BlobStore,
    references: ReferenceStore,
    images: Records<ImageRecord>,
    layers: Records<LayerRecord>,
  ) {
    this.#root = root;
    this.#temporary = temporary;
    this.blobs = blobs;
    this.references = references;
    this.#images = images;
    this.#layers = layers;
  }

  static async open(root: string): Promise<ImageStore> {
    const temporary = join(root, 'tmp');
    await ensureFolder(temporary, 0o700);
    for (const name of await readdir(temporary)) await rm(join(temporary, name), { recursive: true, force: true });
    await finishPublication(root);
    return new ImageStore(
      root,
      temporary,
      await BlobStore.open(join(root, 'blobs'), temporary),
      await ReferenceStore.open(root),
      await Records.open(root, 'images', parseImageRecord),
      await Records.open(root, 'layers', parseLayerRecord),
    );
  }

  findImage(id: Digest): ImageRecord | undefined {
    return this.#images.find(id);
  }

  listImages(): ImageRecord[] {
    return [...this.#images.values()];
  }

  /** Ids of an image's layer stacks, lowest first; worked out once. */
  chainIdsOf(image: ImageRecord): readonly Digest[] {
    const known = this.#chains.get(image.id);
    if (known) return known;
    const chain = chainIds(image.diffIds);
    this.#chains.set(image.id, chain);
    return chain;
  }

  listLayers(): LayerRecord[] {
    return [...this.#layers.values()];
  }

  findLayer(diffId: Digest): LayerRecord | undefined {
    return this.#layers.find(diffId);
  }

  /** The layer that we hold as this very blob. */
  findLayerOfBlob(digest: Digest): LayerRecord | undefined {
    for (const layer of this.#layers.values()) if (layer.blobs.some((blob) => blob.digest === digest)) return layer;
    return undefined;
  }

  /** Keeps from the sweep what is pinned, until disposed of; then sweeps. */
  lease(): Lease {
    const lease = new Lease(async (ended) => {
      this.#leases.delete(ended);
      await this.sweep();
    });
    this.#leases.add(lease);
    return lease;
  }

  /**
   * Adds a layer, or another form or source of one that is there, until `flush` in memory. A compressed form takes the
   * plain archive's place.
   */
  putLayer({ diffId, size, tarSize, blob, source }: VerifiedLayer): LayerRecord {
    const known = this.#layers.find(diffId);
    const blobs = known?.blobs.filter(({ digest }) => digest !== blob.digest && digest !== diffId) ?? [];
    const others = known?.sources.filter((other) => !isSameSource(other, source)) ?? [];
    const record: LayerRecord = {
      diffId,
      size,
      tarSize,
      blobs: [...blobs, blob],
      sources: source ? [source, ...others].slice(0, MAX_SOURCES) : others,
    };
    this.#layers.stage(diffId, record);
    return record;
  }

  /** Adds an image, or another manifest of one that is there; until `flush` in memory. */
  putImage(id: Digest, diffIds: readonly Digest[], manifest?: Descriptor): ImageRecord {
    const known = this.#images.find(id);
    const others = known?.manifests.filter(({ digest }) => digest !== manifest?.digest) ?? [];
    const record = { ...known, id, diffIds, manifests: manifest ? [...others, manifest] : others };
    this.#images.stage(id, record);
    return record;
  }

  /** Gives names to an image, until `flush` in memory. @returns whether any of them did not mean this image before */
  putNames(imageId: Digest, references: readonly ImageReference[], now: Date): boolean {
    const fresh = references.filter((reference) => this.references.find(reference) !== imageId);
    this.references.stage(fresh.map((reference) => ({ reference, imageId })));
    const image = this.#images.find(imageId);
    if (image && fresh.some(({ digest }) => digest === undefined)) {
      this.#images.stage(imageId, { ...image, lastTaggedAt: now.toISOString() });
    }
    return fresh.length > 0;
  }

  /** Gives names to an image, for good. @returns whether any of them did not mean this image before */
  async name(imageId: Digest, references: readonly ImageReference[], now: Date): Promise<boolean> {
    const isNew = this.putNames(imageId, references, now);
    await this.flush();
    return isNew;
  }

  async unname(references: readonly ImageReference[]): Promise<void> {
    this.references.stage(references.map((reference) => ({ reference, imageId: undefined })));
    await this.flush();
  }

  /** Has on disk, in one step, all that is staged. Where that fails, none of it is there, in memory neither. */
  flush(): Promise<void> {
    return this.#serially(async () => {
      const blobs = this.blobs.takeUnsynced();
      const staged = [this.#layers, this.#images, this.references].map((part) => part.takeStaged());
      const files = new Map(staged.flatMap((part) => [...part.files]));
      if (files.size === 0) return blobs.giveBack();
      try {
        await publish(this.#root, this.#temporary, files, blobs.paths);
      } catch (thrown) {
        blobs.giveBack();
        for (const part of staged) part.undo();
        throw thrown;
      }
      await finishPublication(this.#root);
    });
  }

  /** Removes an image that has no names left. @returns the layer stacks that went with it, topmost first */
  async removeImage(id: Digest): Promise<Digest[]> {
    const image = this.#images.find(id);
    if (!image) return [];
    const kept = new Set(
      this.listImages()
        .filter((other) => other.id !== id)
        .flatMap((other) => [...this.chainIdsOf(other)]),
    );
    await this.#serially(async () => this.#images.removeNow(id));
    await this.sweep();
    this.#chains.delete(id);
    return chainIds(image.diffIds)
      .filter((chainId) => !kept.has(chainId))
      .reverse();
  }

  /** Removes layers and blobs that no image and no lease holds. Also blobs whose layer has been compressed since. */
  sweep(): Promise<void> {
    return this.#serially(async () => {
      const blobs = await this.blobs.list();
      const images = this.listImages();
      const diffIds = new Set(images.flatMap((image) => image.diffIds));
      for (const diffId of this.#layers.ids()) {
        if (!diffIds.has(diffId) && !this.#isLeased(diffId)) this.#layers.removeNow(diffId);
      }
      const live = new Set<Digest>([
        ...images.flatMap(({ id, manifests }) => [id, ...manifests.map(({ digest }) => digest)]),
        ...[...this.#layers.values()].flatMap((layer) => layer.blobs.map(({ digest }) => digest)),
      ]);
      for (const digest of blobs) if (!live.has(digest) && !this.#isLeased(digest)) this.blobs.removeNow(digest);
    });
  }

  #isLeased(digest: Digest): boolean {
    for (const lease of this.#leases) if (lease.holds(digest)) return true;
    return false;
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function isSameSource(a: LayerSource, b: LayerSource | undefined): boolean {
  return a.repository === b?.repository && a.digest === b.digest;
}
