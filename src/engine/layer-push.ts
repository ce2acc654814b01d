import { type Descriptor, type Digest, fullName, type ImageReference, parseRepositoryName } from '../core/index.ts';
import { type RegistryClient, RegistryRefusedError } from '../registry/client/index.ts';
import { layerMediaType } from './compression.ts';
import { shortId } from './layer-pull.ts';
import { isWorthPacking, openPacker } from './packing.ts';
import { type Emit, step } from './progress-event.ts';
import { ProgressMeter } from './progress-meter.ts';
import { type RetrySchedule, retryLayer } from './retry.ts';
import type { Slots } from './slots.ts';
import { BlobDamagedError } from './store/blob-store.ts';
import type { ImageStore } from './store/image-store.ts';
import type { Ingest } from './store/ingest.ts';
import type { LayerRecord } from './store/layer-record.ts';
import type { Lease } from './store/lease.ts';

export interface LayerPushContext {
  readonly store: ImageStore;
  readonly client: RegistryClient;
  readonly reference: ImageReference;
  readonly lease: Lease;
  readonly retry: RetrySchedule;
  readonly uploads: Slots;
  /** Layers known to be in the repository, from tags pushed before. */
  readonly pushed: Map<Digest, Descriptor>;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

const MAX_MOUNT_ATTEMPTS = 3;

/**
 * Brings a layer into the repository: it is there already, or another repository of the registry gives it, or it is
 * uploaded. `wanted` is the blob a kept manifest names; else the packed form we hold, else it is packed on the way.
 * @throws {RegistryClientError}
 */
export async function pushLayer(
  context: LayerPushContext,
  diffId: Digest,
  wanted: Descriptor | undefined,
): Promise<Descriptor> {
  const { store, client, reference, pushed, emit, retry, signal } = context;
  const id = shortId(diffId);
  const layer = store.findLayer(diffId);
  if (!layer) throw new BlobDamagedError(diffId, 'is missing');
  const held = wanted ?? (await heldBlob(store, layer));
  const known = pushed.get(held?.digest ?? diffId);
  if (known) {
    emit(step(id, 'Layer already exists'));
    return known;
  }
  const blob = await retryLayer(retry, id, emit, signal, async () => {
    if (!held) return uploadPacking(context, layer, id);
    if ((await client.headBlob(reference.repository, held.digest, signal)) !== undefined) {
      emit(step(id, 'Layer already exists'));
      return held;
    }
    return (await mount(context, layer, held, id)) ?? (await upload(context, layer, held, id));
  });
  const { size, tarSize } = layer;
  pushed.set(blob.digest, blob);
  store.putLayer({
    diffId,
    size,
    tarSize,
    blob,
    source: { repository: fullName(reference), digest: blob.digest },
  });
  return blob;
}

/** The form that is pushed, where we hold it: packed, or plain where packing gains nothing. */
async function heldBlob({ blobs }: ImageStore, layer: LayerRecord): Promise<Descriptor | undefined> {
  const { diffId, tarSize } = layer;
  const packed = layer.blobs.find(({ digest }) => digest !== diffId);
  if (packed) return packed;
  return (await isWorthPacking(blobs, diffId, tarSize)) ? undefined : layer.blobs[0];
}

/** Takes the blob over from a repository of this registry that we know to have had it. */
async function mount(
  { client, reference, emit, signal }: LayerPushContext,
  layer: LayerRecord,
  blob: Descriptor,
  id: string,
): Promise<Descriptor | undefined> {
  const prefix = `${reference.domain}/`;
  const candidates = layer.sources
    .filter(({ digest, repository }) => digest === blob.digest && repository.startsWith(prefix))
    .map(({ repository }) => parseRepositoryName(repository.slice(prefix.length)))
    .filter((from) => from !== reference.repository);
  for (const from of candidates.slice(0, MAX_MOUNT_ATTEMPTS)) {
    try {
      if (!(await client.mountBlob(reference.repository, { digest: blob.digest, from }, signal))) continue;
      emit(step(id, `Mounted from ${from}`));
      return blob;
    } catch (thrown) {
      if (!(thrown instanceof RegistryRefusedError)) throw thrown; // may not read the source: upload instead
    }
  }
  return undefined;
}

/** Uploads the blob as we hold it. Progress counts the unpacked layer, as docker's does. */
async function upload(
  context: LayerPushContext,
  layer: LayerRecord,
  blob: Descriptor,
  id: string,
): Promise<Descriptor> {
  const { store, client, reference, emit, lease, signal } = context;
  lease.pin(blob.digest);
  const meter = new ProgressMeter(emit, id, 'Pushing', layer.size);
  const scale = blob.size > 0 ? layer.tarSize / blob.size : 0;
  await client.pushBlob(reference.repository, counted(), () => blob.digest, signal);
  emit(step(id, 'Pushed'));
  return blob;

  async function* counted(): AsyncGenerator<Uint8Array> {
    let sent = 0;
    for await (const chunk of store.blobs.chunks(blob.digest)) {
      yield chunk;
      const before = Math.round(sent * scale);
      sent += chunk.byteLength;
      meter.advance(Math.round(sent * scale) - before);
    }
    meter.finish();
  }
}

/** Uploads a layer that was loaded plain: packed on its way, and kept packed, so that its digest stays the same. */
async function uploadPacking(context: LayerPushContext, layer: LayerRecord, id: string): Promise<Descriptor> {
  const { store, client, reference, emit, lease, signal } = context;
  lease.pin(layer.diffId);
  await using ingest = await store.blobs.ingest();
  await client.pushBlob(reference.repository, packed(context, layer, id, ingest), () => ingest.digest, signal);
  emit(step(id, 'Pushed'));
  const blob = { mediaType: layerMediaType('gzip'), digest: ingest.digest, size: ingest.size };
  lease.pin(blob.digest);
  await store.blobs.commit(ingest);
  return blob;
}

async function* packed(
  { store, emit }: LayerPushContext,
  layer: LayerRecord,
  id: string,
  ingest: Ingest,
): AsyncGenerator<Uint8Array> {
  const meter = new ProgressMeter(emit, id, 'Pushing', layer.size);
  const packer = openPacker();
  const source = store.blobs.read(layer.diffId);
  source.once('error', (cause) => packer.destroy(cause)).pipe(packer);
  source.on('data', (chunk: Buffer) => meter.advance(chunk.byteLength));
  try {
    for await (const chunk of packer as AsyncIterable<Buffer>) {
      await ingest.write(chunk);
      yield chunk;
    }
    meter.finish();
  } finally {
    source.destroy();
    packer.destroy();
  }
}
