import { randomBytes } from 'node:crypto';
import { createReadStream, unlinkSync } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestHex,
  digestOf,
  isDigest,
  TrustSandboxError,
} from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { Ingest } from './ingest.ts';
import { readInTurns } from './read-in-turns.ts';

/** A blob that records speak of is not there, or its bytes are no longer its own. */
export class BlobDamagedError extends TrustSandboxError {
  readonly code = 'ENGINE_BLOB_DAMAGED';
  readonly digest: Digest;
  constructor(digest: Digest, reason: string, options?: ErrorOptions) {
    super(`image store is damaged: blob ${digest} ${reason}`, options);
    this.digest = digest;
  }
}

const ALGORITHMS: readonly DigestAlgorithm[] = ['sha256', 'sha512'];
const READ_CHUNK_BYTES = 256 * 1024;
const PASSED_CHUNK_BYTES = 512 * 1024;

/**
 * Blobs by digest, in files: `<root>/<algorithm>/<hex>`. A file is there whole or not at all.
 * Paths are made of parsed digests only.
 */
export class BlobStore {
  readonly #root: string;
  readonly #temporary: string;
  /** Paths of blobs that the disk may not have yet. */
  #unsynced = new Set<string>();

  private constructor(root: string, temporary: string) {
    this.#root = root;
    this.#temporary = temporary;
  }

  static async open(root: string, temporary: string): Promise<BlobStore> {
    for (const algorithm of ALGORITHMS) await ensureFolder(join(root, algorithm), 0o700);
    return new BlobStore(root, temporary);
  }

  /** Size in bytes; undefined where there is no such blob. */
  async size(digest: Digest): Promise<number | undefined> {
    const found = await stat(this.#path(digest)).catch(() => undefined);
    return found?.size;
  }

  /** Streams a blob. @throws {NodeJS.ErrnoException} ENOENT, from the stream */
  read(digest: Digest): Readable {
    return createReadStream(this.#path(digest), { highWaterMark: READ_CHUNK_BYTES });
  }

  /**
   * The bytes of a blob, for one who passes them on: a chunk is good until the next is asked for.
   * @throws {NodeJS.ErrnoException} ENOENT
   */
  async *chunks(digest: Digest): AsyncGenerator<Uint8Array> {
    await using handle = await this.open(digest);
    yield* readInTurns(handle, PASSED_CHUNK_BYTES);
  }

  /** A small blob, config or manifest, checked against its digest. @throws {BlobDamagedError} */
  async bytes(digest: Digest): Promise<Buffer> {
    const bytes = await readFile(this.#path(digest)).catch((cause) => {
      throw new BlobDamagedError(digest, 'is missing', { cause });
    });
    if (digestOf(bytes, digestAlgorithm(digest)) !== digest) throw new BlobDamagedError(digest, 'has other bytes');
    return bytes;
  }

  /** A temporary file that may become a blob. */
  ingest(algorithm: DigestAlgorithm = 'sha256'): Promise<Ingest> {
    return Ingest.open(join(this.#temporary, randomBytes(12).toString('hex')), algorithm);
  }

  /** Files what was ingested under its own digest. Records may speak of it once what `takeUnsynced` gives is synced. */
  async commit(ingest: Ingest): Promise<Digest> {
    const { digest } = ingest;
    const path = this.#path(digest);
    await ingest.commit(path);
    this.#unsynced.add(path);
    return digest;
  }

  /** Stores a small blob; nothing happens where it is there already, whole. */
  async put(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Promise<Digest> {
    const digest = digestOf(bytes, algorithm);
    if ((await this.size(digest)) === bytes.byteLength) {
      const held = await readFile(this.#path(digest)).catch(() => undefined);
      if (held?.equals(bytes)) return digest; // a loss of power may have left it its size alone
    }
    await using ingest = await this.ingest(algorithm);
    await ingest.write(bytes);
    return await this.commit(ingest);
  }

  /** Files that are to be synced before any record speaks of them; given again where that failed. */
  takeUnsynced(): { readonly paths: readonly string[]; giveBack(): void } {
    const taken = this.#unsynced;
    this.#unsynced = new Set();
    return {
      paths: [...taken],
      giveBack: () => {
        for (const path of taken) this.#unsynced.add(path);
      },
    };
  }

  async list(): Promise<Digest[]> {
    const found: Digest[] = [];
    for (const algorithm of ALGORITHMS) {
      for (const hex of await readdir(join(this.#root, algorithm))) {
        const digest = `${algorithm}:${hex}`;
        if (isDigest(digest)) found.push(digest);
      }
    }
    return found;
  }

  /** At once, in this very turn of the event loop: whoever pins a blob afterwards sees that it is gone. */
  removeNow(digest: Digest): void {
    this.#unsynced.delete(this.#path(digest));
    try {
      unlinkSync(this.#path(digest));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    }
  }

  /** A blob's file, to be read in pieces and closed. @throws {NodeJS.ErrnoException} ENOENT */
  open(digest: Digest): Promise<FileHandle> {
    return open(this.#path(digest), 'r');
  }

  /** Up to `count` bytes of a blob, from `offset` on. */
  async slice(digest: Digest, offset: number, count: number): Promise<Buffer> {
    const handle = await open(this.#path(digest), 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  #path(digest: Digest): string {
    return join(this.#root, digestAlgorithm(digest), digestHex(digest));
  }
}
