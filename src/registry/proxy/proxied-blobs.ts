import type { Readable } from 'node:stream';
import type { Digest, RepositoryName } from '../../core/index.ts';
import type { ReadRange, StorageDriver } from '../../storage/index.ts';
import type { Blobs, StoredBlob } from '../blobs.ts';
import { RegistryError } from '../errors.ts';
import { blobDataKey } from '../layout.ts';
import type { BlobReader } from '../readers.ts';
import { SharedDownload } from './shared-download.ts';
import { type Upstream, UpstreamUnavailableError } from './upstream.ts';

/** A blob that is not here yet. */
class RemoteBlob implements StoredBlob {
  readonly digest: Digest;
  readonly target: Digest;
  readonly promisedSize: number;
  readonly storedSize: number;
  readonly repository: RepositoryName;
  constructor(repository: RepositoryName, digest: Digest, size: number) {
    this.repository = repository;
    this.digest = digest;
    this.target = digest;
    this.promisedSize = size;
    this.storedSize = size;
  }
}

/** Blobs of another registry, kept here once somebody has read them. Those who want one at the same time share its download. */
export class ProxiedBlobs implements BlobReader {
  readonly #upstream: Upstream;
  readonly #blobs: Blobs;
  readonly #driver: StorageDriver;
  readonly #downloads = new Map<Digest, SharedDownload>();

  constructor({ upstream, blobs, driver }: { upstream: Upstream; blobs: Blobs; driver: StorageDriver }) {
    this.#upstream = upstream;
    this.#blobs = blobs;
    this.#driver = driver;
  }

  /** @throws {RegistryError} BLOB_UNKNOWN @throws {UpstreamUnavailableError} not kept, and nobody to ask */
  async get(name: RepositoryName, digest: Digest): Promise<StoredBlob> {
    const kept = await this.#blobs.find(name, digest);
    if (kept) return kept;
    const size = await this.#upstream.ask((client) => client.statBlob(name, digest));
    if (size === undefined) throw new RegistryError('BLOB_UNKNOWN', digest);
    return new RemoteBlob(name, digest, size);
  }

  async read(blob: StoredBlob, range: ReadRange): Promise<Readable> {
    if (!(blob instanceof RemoteBlob)) return this.#blobs.read(blob, range);
    const running = this.#downloads.get(blob.digest);
    const download = running ?? this.#start(blob);
    const wantsAll = (range.offset ?? 0) === 0 && (range.length ?? blob.promisedSize) >= blob.promisedSize;
    const live = wantsAll && !running ? download.takeLive() : undefined;
    if (live) return live;
    await download.stored;
    await this.#blobs.link(blob.repository, blob.digest); // who shared it may have asked in another repository
    return this.#blobs.read(blob, range);
  }

  #start({ repository, digest }: RemoteBlob): SharedDownload {
    const download = new SharedDownload(
      digest,
      async () => {
        const found = await this.#upstream.ask((client) => client.getBlob(repository, digest));
        if (!found) throw new UpstreamUnavailableError(`${this.#upstream.url} no longer has ${digest}`);
        return found.body;
      },
      async (bytes) => {
        await this.#driver.write(blobDataKey(digest), bytes);
        await this.#blobs.link(repository, digest);
      },
    );
    this.#downloads.set(digest, download);
    const forget = (): void => void this.#downloads.delete(digest);
    download.stored.then(forget, forget);
    return download;
  }
}
