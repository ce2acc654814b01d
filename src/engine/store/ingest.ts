import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Digest, type DigestAlgorithm, Digester } from '../../core/index.ts';
import { syncDirectory } from './durable-file.ts';

/** Bytes on their way into the store: in a temporary file until `commit`, gone when disposed of before. */
export class Ingest implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #algorithm: DigestAlgorithm;
  #digester: Digester;
  #isOpen = true;

  private constructor(path: string, handle: FileHandle, algorithm: DigestAlgorithm) {
    this.path = path;
    this.#handle = handle;
    this.#algorithm = algorithm;
    this.#digester = new Digester(algorithm);
  }

  static async open(path: string, algorithm: DigestAlgorithm): Promise<Ingest> {
    return new Ingest(path, await open(path, 'wx', 0o600), algorithm);
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#digester.size;
  }

  get digest(): Digest {
    return this.#digester.digest();
  }

  async write(chunk: Uint8Array): Promise<void> {
    const start = this.size;
    this.#digester.update(chunk);
    for (let done = 0; done < chunk.byteLength; ) {
      done += (await this.#handle.write(chunk, done, chunk.byteLength - done, start + done)).bytesWritten;
    }
  }

  /** Begins again with nothing written. */
  async reset(): Promise<void> {
    await this.#handle.truncate(0);
    this.#digester = new Digester(this.#algorithm);
  }

  /** Moves the file to `target`, whole and flushed. */
  async commit(target: string): Promise<void> {
    await this.#handle.sync();
    await this.#close();
    await rename(this.path, target);
    await syncDirectory(dirname(target));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    await this.#close();
    await unlink(this.path).catch(() => undefined);
  }

  async #close(): Promise<void> {
    this.#isOpen = false;
    await this.#handle.close();
  }
}
