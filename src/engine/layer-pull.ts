import { type Descriptor, type Digest, digestHex } from '../core/index.ts';
import { type BegunDownloads, type DownloadContext, downloadLayer } from './download.ts';
import { type LayerContent, readHeldLayer } from './layer-archive.ts';
import { type Emit, step } from './progress-event.ts';
import { ProgressMeter } from './progress-meter.ts';
import { isAbort, type SharedWork } from './shared-work.ts';
import type { Slots } from './slots.ts';
import type { ImageStore } from './store/image-store.ts';

/** What pulls that run at the same time do for each other. */
export interface SharedLayers {
  readonly downloads: SharedWork<void>;
  readonly begun: BegunDownloads;
  readonly readings: SharedWork<LayerContent>;
}

export interface LayerPullContext extends DownloadContext {
  readonly store: ImageStore;
  readonly downloads: Slots;
  readonly shared: SharedLayers;
  /** Full name of the repository, remembered as a source for later pushes. */
  readonly repository: string;
}

/** The first twelve digits of a digest: how docker calls layers and images. */
export function shortId(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

/**
 * Brings the layers of a manifest into the store, some at a time, and tells of it in docker's order: all are announced,
 * downloads end as they end, unpacking is told from the lowest layer up.
 * @returns the diffIDs, lowest layer first
 * @throws {ContentMismatchError | LayerArchiveError | CompressionError | RegistryClientError} the first that failed;
 * the others are stopped
 */
export async function pullLayers(context: LayerPullContext, layers: readonly Descriptor[]): Promise<Digest[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const pulls = new Map<Digest, Promise<Digest>>();
  let below: Promise<unknown> = Promise.resolve();
  const pull = (layer: Descriptor): Promise<Digest> => {
    const running = pulls.get(layer.digest);
    if (running) return running;
    const known = findPulled(context, layer);
    const started = known ? Promise.resolve(known) : pullLayer({ ...context, signal }, layer, below);
    started.catch(() => stop.abort()); // one failed: the others need not go on
    pulls.set(layer.digest, started);
    below = started;
    return started;
  };
  announce(context, layers);
  const all = layers.map(pull);
  const outcomes = await Promise.allSettled(all); // nothing may still be writing when this returns
  context.signal.throwIfAborted();
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((reason) => !isAbort(reason)) ?? failures[0];
  return Promise.all(all);
}

function announce({ store, emit, lease, downloads }: LayerPullContext, layers: readonly Descriptor[]): void {
  const seen = new Set<Digest>();
  for (const { digest } of layers) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    const known = store.findLayerOfBlob(digest);
    if (known) lease.pin(known.diffId);
    emit(step(shortId(digest), known ? 'Already exists' : 'Pulling fs layer'));
  }
  const missing = [...seen].filter((digest) => !store.findLayerOfBlob(digest));
  for (const digest of missing.slice(downloads.count)) emit(step(shortId(digest), 'Waiting'));
}

function findPulled({ store, lease }: LayerPullContext, { digest }: Descriptor): Digest | undefined {
  const known = store.findLayerOfBlob(digest);
  if (known) lease.pin(known.diffId);
  return known?.diffId;
}

async function pullLayer(context: LayerPullContext, layer: Descriptor, below: Promise<unknown>): Promise<Digest> {
  const { store, emit, lease, repository, signal } = context;
  const id = shortId(layer.digest);
  lease.pin(layer.digest); // before another's download of it ends, and with it the other's lease
  await context.shared.downloads.join(layer.digest, emit, signal, (emitAll, isWanted) =>
    context.downloads.run(async () => {
      signal.throwIfAborted();
      await downloadLayer({ ...context, emit: emitAll }, layer, id, context.shared.begun, isWanted);
    }),
  );
  const content = await unpackLayer(context, layer, id, below);
  signal.throwIfAborted();
  lease.pin(content.diffId);
  const { diffId, size, tarSize } = content;
  store.putLayer({ diffId, size, tarSize, blob: layer, source: { repository, digest: layer.digest } });
  emit(step(id, 'Pull complete'));
  return content.diffId;
}

/** Reads at once, but tells of it only when the layer below is done; goes no further when that one failed. */
async function unpackLayer(
  { blobs, emit, signal, shared }: LayerPullContext,
  layer: Descriptor,
  id: string,
  below: Promise<unknown>,
): Promise<LayerContent> {
  let isTurn = false;
  const tell: Emit = (event) => isTurn && emit(event);
  const reading = shared.readings.join(layer.digest, tell, signal, async (tellAll) => {
    const meter = new ProgressMeter(tellAll, id, 'Extracting', layer.size);
    return readHeldLayer(blobs, layer.digest, { signal, onBytes: (count) => meter.advance(count) });
  });
  reading.catch(() => undefined);
  await below;
  isTurn = true;
  const content = await reading;
  emit(step(id, 'Extracting', { current: layer.size, total: layer.size }));
  return content;
}
