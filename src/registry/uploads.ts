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
import {
  type Appender,
  ObjectChangedError,
  type ObjectStat,
  type StorageDriver,
  type StorageKey,
} from '../storage/index.ts';
import type { Blobs } from './blobs.ts';
import { RegistryError } from './errors.ts';
import { blobDataKey, uploadDataKey, uploadFolder, uploadStartKey } from './layout.ts';
import type { PromisedSizes } from './promised-sizes.ts';
import { receive } from './receive.ts';
import type { UploadId } from './upload-id.ts';

/** Hashes of this many unfinished uploads are kept; the rest are hashed again from storage when they finish. */
const MAX_DIGESTERS = 1000;

/** How long a request waits for one that another server has on the same upload. */
const LOCK_PATIENCE_MS = 5_000;
const BUSY = 'another request is writing to this upload';

/** The hash of what an upload had when it was of this version. */
interface Progress {
  readonly digester: Digester;
  readonly version: string | undefined;
}

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
  readonly #digesters = new Map<UploadId, Progress>();
  readonly #busy = new Set<UploadId>();

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** `algorithm` is what the bytes are hashed by as they pass; another one at the end means reading them again. */
  async start(name: RepositoryName, algorithm: DigestAlgorithm = 'sha256'): Promise<UploadId> {
    const { clock, newUploadId } = this.#options;
    const id = newUploadId();
    await this.#create(uploadStartKey(name, id), clock.now().toISOString());
    const version = await this.#create(uploadDataKey(name, id), '');
    this.#remember(id, { digester: new Digester(algorithm), version });
    return id;
  }

  /** Bytes received. @throws {RegistryError} BLOB_UPLOAD_UNKNOWN */
  async size(name: RepositoryName, id: UploadId): Promise<number> {
    return (await this.#stat(name, id)).size;
  }

  /**
   * Adds `body` at `offset`, which must be where the upload ends. A body cut short counts as far as it came.
   * @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, RANGE_INVALID, TOOMANYREQUESTS (another request is writing)
   * @throws {BodyTruncatedError}
   */
  append(name: RepositoryName, id: UploadId, offset: number | undefined, body: Readable): Promise<number> {
    return this.#alone(name, id, async () => {
      const { size, version } = await this.#stat(name, id);
      if (offset !== undefined && offset !== size) {
        throw new RegistryError('RANGE_INVALID', { offset, expected: size });
      }
      const digester = this.#digesterAt(id, version);
      const writer = await this.#options.driver.append(uploadDataKey(name, id), size);
      let received = 0;
      try {
        await receive(body, writer, (chunk) => {
          received += chunk.byteLength;
          digester?.update(chunk);
        });
      } finally {
        if (digester) await this.#rememberWritten(name, id, digester, writer);
      }
      return size + received;
    });
  }

  /**
   * Makes the upload the blob `digest` of this repository. On a mismatch it stays, to be finished with the right one.
   * @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, DIGEST_INVALID, TOOMANYREQUESTS
   */
  finish(name: RepositoryName, id: UploadId, digest: Digest): Promise<void> {
    const { driver, blobs, sizes } = this.#options;
    return this.#alone(name, id, async () => {
      const { found, size, version } = await this.#digest(name, id, digest);
      if (found !== digest) throw new RegistryError('DIGEST_INVALID', { Digest: digest, Reason: {} });
      await blobs.claimForPush(name, digest, uploadDataKey(name, id));
      await driver.move(uploadDataKey(name, id), blobDataKey(digest), { version }).catch(refuseChanged);
      sizes.remember(digest, size);
      await blobs.link(name, digest);
      await this.#discard(name, id);
    });
  }

  /** @throws {RegistryError} BLOB_UPLOAD_UNKNOWN, TOOMANYREQUESTS */
  cancel(name: RepositoryName, id: UploadId): Promise<void> {
    return this.#alone(name, id, async () => {
      await this.#stat(name, id);
      await this.#discard(name, id);
    });
  }

  async #discard(name: RepositoryName, id: UploadId): Promise<void> {
    this.#digesters.delete(id);
    await this.#options.driver.delete(uploadFolder(name, id));
  }

  /** @throws {RegistryError} BLOB_UPLOAD_UNKNOWN */
  async #stat(name: RepositoryName, id: UploadId): Promise<ObjectStat> {
    const stat = await this.#options.driver.appended(uploadDataKey(name, id));
    if (!stat) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', {});
    return stat;
  }

  async #create(key: StorageKey, text: string): Promise<string | undefined> {
    const { driver } = this.#options;
    const writer = await driver.append(key, 0);
    writer.end(text);
    await once(writer, 'finish');
    return writer.version ?? (await driver.appended(key))?.version;
  }

  /** What the upload hashes to, and of which version of it that is true. */
  async #digest(name: RepositoryName, id: UploadId, wanted: Digest): Promise<ObjectStat & { readonly found: Digest }> {
    const { driver } = this.#options;
    const stat = await this.#stat(name, id);
    const digester = this.#digesterAt(id, stat.version);
    if (digester?.algorithm === digestAlgorithm(wanted)) return { ...stat, found: digester.digest() };
    const sealed = await driver.seal(uploadDataKey(name, id)).catch(refuseChanged);
    if (!sealed) throw new RegistryError('BLOB_UPLOAD_UNKNOWN', {});
    const again = new Digester(digestAlgorithm(wanted));
    for await (const chunk of await driver.read(uploadDataKey(name, id))) again.update(chunk);
    return { ...sealed, found: again.digest() };
  }

  /** The hash of what is stored, when this process saw all of it pass and nobody else has written since. */
  #digesterAt(id: UploadId, version: string): Digester | undefined {
    const progress = this.#digesters.get(id);
    if (progress?.version === version) return progress.digester;
    this.#digesters.delete(id);
    return undefined;
  }

  /** Only what is stored counts: after a failed write that may be less than what passed. */
  async #rememberWritten(name: RepositoryName, id: UploadId, digester: Digester, writer: Appender): Promise<void> {
    const stat = await this.#options.driver.appended(uploadDataKey(name, id)).catch(() => undefined);
    const version = writer.version ?? stat?.version;
    if (stat?.size === digester.size && version === stat.version) this.#remember(id, { digester, version });
    else this.#digesters.delete(id);
  }

  #remember(id: UploadId, progress: Progress): void {
    this.#digesters.set(id, progress);
    const oldest = this.#digesters.keys().next();
    if (this.#digesters.size > MAX_DIGESTERS && !oldest.done) this.#digesters.delete(oldest.value);
  }

  async #lock(key: StorageKey): Promise<AsyncDisposable | undefined> {
    const { driver } = this.#options;
    if (!driver.lock) return undefined;
    const patience = AbortSignal.timeout(LOCK_PATIENCE_MS);
    return driver.lock(key, patience).catch((error: unknown) => {
      throw patience.aborted ? new RegistryError('TOOMANYREQUESTS', BUSY, { cause: error }) : error;
    });
  }

  /** One request at a time to an upload: a second one in this process is refused, one in another waits a little. */
  async #alone<T>(name: RepositoryName, id: UploadId, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(id)) throw new RegistryError('TOOMANYREQUESTS', BUSY);
    this.#busy.add(id);
    try {
      const lock = await this.#lock(uploadFolder(name, id));
      try {
        return await work();
      } finally {
        await lock?.[Symbol.asyncDispose]();
      }
    } finally {
      this.#busy.delete(id);
    }
  }
}

/** @throws {RegistryError} TOOMANYREQUESTS: what was hashed is not what is stored any more */
function refuseChanged(error: unknown): never {
  if (error instanceof ObjectChangedError) throw new RegistryError('TOOMANYREQUESTS', BUSY, { cause: error });
  throw error;
}
