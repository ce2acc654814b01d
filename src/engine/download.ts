import { type Descriptor, type Digest, digestAlgorithm, type RepositoryName } from '../core/index.ts';
import { type RegistryClient, RegistryTruncatedError } from '../registry/client/index.ts';
import { ContentMismatchError } from './content-errors.ts';
import { type Emit, step } from './progress-event.ts';
import { ProgressMeter } from './progress-meter.ts';
import { FinalError, type RetrySchedule, retryLayer } from './retry.ts';
import type { BlobStore } from './store/blob-store.ts';
import type { Ingest } from './store/ingest.ts';
import type { Lease } from './store/lease.ts';

export interface DownloadContext {
  readonly client: RegistryClient;
  readonly name: RepositoryName;
  readonly blobs: BlobStore;
  readonly lease: Lease;
  readonly retry: RetrySchedule;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** What was downloaded of layers by pulls that were stopped, for others that want them too. */
export class BegunDownloads implements AsyncDisposable {
  readonly #left = new Map<Digest, Ingest>();

  take(digest: Digest): Ingest | undefined {
    const ingest = this.#left.get(digest);
    this.#left.delete(digest);
    return ingest;
  }

  leave(digest: Digest, ingest: Ingest): void {
    this.#left.set(digest, ingest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const ingest of this.#left.values()) await ingest[Symbol.asyncDispose]();
    this.#left.clear();
  }
}

/**
 * Brings a layer's blob into the store, verified against its digest. A broken transfer is taken up where it broke;
 * wrong bytes are asked for once more only where they came in pieces.
 * @throws {ContentMismatchError} wrong bytes
 * @throws {RegistryClientError} what the last try met
 */
export async function downloadLayer(
  context: DownloadContext,
  layer: Descriptor,
  id: string,
  begun: BegunDownloads,
  isWanted: () => boolean,
): Promise<void> {
  const { blobs, emit, lease, retry, signal } = context;
  const ingest = begun.take(layer.digest) ?? (await blobs.ingest(digestAlgorithm(layer.digest)));
  try {
    await retryLayer(retry, id, emit, signal, () => fetchInto(context, ingest, layer, id));
  } catch (thrown) {
    if (signal.aborted && isWanted()) begun.leave(layer.digest, ingest);
    else await ingest[Symbol.asyncDispose]();
    throw thrown;
  }
  await using _ = ingest;
  lease.pin(layer.digest);
  await blobs.commit(ingest);
  emit(step(id, 'Download complete'));
}

async function fetchInto(context: DownloadContext, ingest: Ingest, layer: Descriptor, id: string): Promise<void> {
  const { client, name, emit, signal } = context;
  const resumedAt = ingest.size;
  const download = await client.getBlob(name, layer.digest, resumedAt, signal);
  if (download.offset !== resumedAt) await ingest.reset();
  const total = download.size ?? layer.size;
  const meter = new ProgressMeter(emit, id, 'Downloading', total, ingest.size);
  for await (const chunk of download.body) {
    if (ingest.size + chunk.byteLength > layer.size) throw new FinalError(mismatch(layer)); // no need to read on
    await ingest.write(chunk);
    meter.advance(chunk.byteLength);
  }
  if (ingest.size < total) throw new RegistryTruncatedError();
  meter.finish();
  emit(step(id, 'Verifying Checksum'));
  if (ingest.digest === layer.digest) return;
  if (resumedAt === 0) throw new FinalError(mismatch(layer));
  await ingest.reset(); // pieces of two answers may not belong together
  throw mismatch(layer);
}

function mismatch({ digest }: Descriptor): ContentMismatchError {
  return new ContentMismatchError('filesystem layer', digest);
}
