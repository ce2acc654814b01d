import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { type Digest, type DigestAlgorithm, Digester } from '../../core/index.ts';

const BATCH_BYTES = 1024 * 1024;
const FLUSH_BYTES = 16 * 1024 * 1024;

/** Bytes on their way into the store: in a temporary file until `commit`, gone when disposed of before. */
export class Ingest implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #algorithm: DigestAlgorithm;
  #digester: Digester;
  #isOpen = true;
  #isThere = true;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  /** Where the batch belongs in the file. */
  #offset = 0;
  #writing: Promise<void> = Promise.resolve();
  #flushedAt = 0;
  #isFlushing = false;
  #flushing: Promise<void> = Promise.resolve();

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

  /** Takes a chunk, which must not change afterwards: many are written at once, while others come in. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#digester.update(chunk);
    this.#batch.push(chunk);
    this.#batchBytes += chunk.byteLength;
    if (this.#batchBytes >= BATCH_BYTES) await this.#writeBatch();
  }

  /** Resolves when all that was taken is in the file. */
  async settle(): Promise<void> {
    await this.#writeBatch();
    await this.#writing;
  }

  /** Begins again with nothing written. */
  async reset(): Promise<void> {
    await this.settle();
    [this.#batch, this.#batchBytes, this.#offset, this.#flushedAt] = [[], 0, 0, 0];
    await this.#handle.truncate(0);
    this.#digester = new Digester(this.#algorithm);
  }

  /** Nothing more is written; the file is closed and stays where it is. Thousands may wait so, and hold nothing open. */
  async finish(): Promise<void> {
    if (!this.#isOpen) return;
    await this.settle();
    await this.#close();
  }

  /** Moves the file to `target`, whole; what the disk has of it is for the caller to see to. */
  async commit(target: string): Promise<void> {
    await this.finish();
    await rename(this.path, target);
    this.#isThere = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOpen) await this.#close();
    if (!this.#isThere) return;
    this.#isThere = false;
    await unlink(this.path).catch(() => undefined);
  }

  /** Begins to write what was gathered, once what was before it is written. */
  async #writeBatch(): Promise<void> {
    await this.#writing;
    const [batch, offset] = [this.#batch, this.#offset];
    [this.#batch, this.#batchBytes, this.#offset] = [[], 0, this.size];
    if (batch.length === 0) return;
    this.#writing = writeAll(this.#handle, batch, offset);
    this.#writing.catch(() => undefined); // told to whoever writes next, or settles
    if (offset - this.#flushedAt >= FLUSH_BYTES) this.#flush(offset);
  }

  /** Has the disk begin with what is written, so that there is little left to wait for at the end. */
  #flush(offset: number): void {
    if (this.#isFlushing) return;
    [this.#isFlushing, this.#flushedAt] = [true, offset];
    const done = (): void => {
      this.#isFlushing = false;
    };
    this.#flushing = this.#handle.datasync().then(done, done); // a failure shows again at the end
  }

  async #close(): Promise<void> {
    this.#isOpen = false;
    await this.#flushing;
    await this.#writing.catch(() => undefined); // not into a descriptor that is another file's by then
    await this.#handle.close();
  }
}

/** Writes chunks one after the other from `offset` on; what a short write leaves is written after it. */
async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[], offset: number): Promise<void> {
  const size = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  let { bytesWritten: done } = await handle.writev([...chunks], offset);
  if (done === size) return;
  const whole = Buffer.concat(chunks);
  while (done < size) done += (await handle.write(whole, done, size - done, offset + done)).bytesWritten;
}
