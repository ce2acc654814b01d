import { once } from 'node:events';
import type { Readable } from 'node:stream';
import {
  type Clock,
  type Digest,
  type DigestAlgorithm,
  Digester,
  digestAlgorithm,
  type RepositoryName,
} from '../core/index.ts';
import type { StorageDriver, StorageKey } from '../storage/index.ts';
import type { Blobs } from './blobs.ts';
import { RegistryError } from './errors.ts';
import { blobDataKey, uploadDataKey, uploadFolder, uploadStartKey } from './layout.ts';
import type { PromisedSizes } from './promised-sizes.ts';
import { receive } from './receive.ts';
import type { UploadId } from './upload-id.ts';

/** Hashes of this many unfinished uploads are kept; the rest are hashed again from storage when they finish. */
const MAX_DIGESTERS = 1000;

export interface UploadsOptions {
  readonly driver: StorageDriver;
  readonly blobs: Blobs;
  readonly sizes: PromisedSizes;
  readonly clock: Clock;
  readonly newUploadId: () => UploadId;
}

/**
 * Blobs being pushed: POST starts one, PATCHes append, PUT gives it its digest (distribution-spec v1.1, "Pushing
 * blobs"). All that counts is in storage, so another process can continue an upload; only the hash so far is kept here.
 */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #digesters = new Map<UploadId, Digester>();
  readonly #busy = new Set<UploadId>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** `algorithm` is what the bytes are hashed by as they pass; another one at the end means reading them again. */
  async start(name: RepositoryName, algorithm: DigestAlgorithm = 'sha256'): Promise<UploadId> {
    const { clock, newUploadId } = this.#options;
    const id = newUploadId();
    await this.#create(uploadStartKey(name, id), clock.now().toISOString());
    await this.#create(uploadDataKey(name, id), '');
    this.#remember(id, new Digester(algorithm));
    return id;
  }

  /** Bytes received. @throws {RegistryError} BLOB_UPLOAD_UNKNOWN */
  async size(name: RepositoryName, id: UploadId): Promise<number> {
    const stat = await this.#options.driver.stat(uploadDataKey(name, id));
    if (!stat) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', {});
    return stat.size;
  }

  /**
   * Adds `body` at `offset`, which must be where the upload ends. A body cut short counts as far as it came.
   * @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, TOOMANYREQUESTS (another request is writing)
   * @throws {BodyTruncatedError}
   */
  append(name: RepositoryName, id: UploadId, offset: number | undefined, body: Readable): Promise<number> {
    return this.#alone(id, async () => {
      const size = await this.size(name, id);
      if (offset !== undefined && offset !== size) {
        throw new RegistryError('RANGE_INVALID', { offset, expected: size });
      }
      const digester = this.#digesterAt(id, size);
      const writer = await this.#options.driver.append(uploadDataKey(name, id), size);
      let received = 0;
      await receive(body, writer, (chunk) => {
        received += chunk.byteLength;
        digester?.update(chunk);
      });
      return size + received;
    });
  }

  /**
   * Makes the upload the blob `digest` of this repository. On a mismatch it stays, to be finished with the right one.
   * @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, DIGEST_INVALID, TOOMANYREQUESTS
   */
  finish(name: RepositoryName, id: UploadId, digest: Digest): Promise<void> {
    const { driver, blobs, sizes } = this.#options;
    return this.#alone(id, async () => {
      const size = await this.size(name, id);
      const found = await this.#digest(name, id, size, digest);
      if (found !== digest) throw new RegistryError('DIGEST_INVALID', { Digest: digest, Reason: {} });
      await driver.move(uploadDataKey(name, id), blobDataKey(digest));
      sizes.remember(digest, size);
      await blobs.link(name, digest);
      await this.#discard(name, id);
    });
  }

  /** @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, TOOMANYREQUESTS */
  cancel(name: RepositoryName, id: UploadId): Promise<void> {
    return this.#alone(id, async () => {
      await this.size(name, id);
      await this.#discard(name, id);
    });
  }

  async #discard(name: RepositoryName, id: UploadId): Promise<void> {
    this.#digesters.delete(id);
    await this.#options.driver.delete(uploadFolder(name, id));
  }

  async #create(key: StorageKey, text: string): Promise<void> {
    const writer = await this.#options.driver.append(key, 0);
    writer.end(text);
    await once(writer, 'finish');
  }

  async #digest(name: RepositoryName, id: UploadId, size: number, wanted: Digest): Promise<Digest> {
    const digester = this.#digesterAt(id, size);
    if (digester?.algorithm === digestAlgorithm(wanted)) return digester.digest();
    const again = new Digester(digestAlgorithm(wanted));
    for await (const chunk of await this.#options.driver.read(uploadDataKey(name, id))) again.update(chunk);
    return again.digest();
  }

  /** The hash of the first `size` bytes, when this process saw exactly those. */
  #digesterAt(id: UploadId, size: number): Digester | undefined {
    const digester = this.#digesters.get(id);
    if (digester?.size === size) return digester;
    this.#digesters.delete(id);
    return undefined;
  }

  #remember(id: UploadId, digester: Digester): void {
    this.#digesters.set(id, digester);
    const oldest = this.#digesters.keys().next();
    if (this.#digesters.size > MAX_DIGESTERS && !oldest.done) this.#digesters.delete(oldest.value);
  }

  async #alone<T>(id: UploadId, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(id)) throw new RegistryError('TOOMANYREQUESTS', 'another request is writing to this upload');
    this.#busy.add(id);
    try {
      return await work();
    } finally {
      this.#busy.delete(id);
    }
  }
}
