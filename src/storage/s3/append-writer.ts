import { Writable } from 'node:stream';
import type { Appender } from '../driver.ts';
import type { StorageKey } from '../storage-key.ts';
import { putTail, readWhole, removeTail } from './appended-object.ts';
import type { Bucket, S3Object } from './bucket.ts';
import { MultipartUpload } from './multipart-upload.ts';
import { MIN_PART_BYTES, partBytes } from './options.ts';
import { PartBuffer } from './part-buffer.ts';

/** Where an append begins: parts that are there already, and the bytes before it that are not in any of them. */
export interface AppendStart {
  readonly upload: MultipartUpload | undefined;
  /** The number that the part with `bytes` in it will have. */
  readonly number: number;
  readonly bytes: Buffer;
  /** Of what is there. */
  readonly version: string;
}

/** Gathers chunks into parts; holds one part in memory at most and takes no more while that is being sent. */
export class AppendWriter extends Writable implements Appender {
  readonly #bucket: Bucket;
  readonly #key: StorageKey;
  readonly #buffer: PartBuffer;
  #upload: MultipartUpload | undefined;
  #number: number;
  /** What goes before the first chunk. */
  #before: Buffer;
  #isChanged = false;
  #version: string | undefined;

  constructor(bucket: Bucket, key: StorageKey, { upload, number, bytes, version }: AppendStart) {
    super({ highWaterMark: 64 * 1024 });
    this.#bucket = bucket;
    this.#key = key;
    this.#upload = upload;
    this.#number = number;
    this.#version = version;
    this.#buffer = new PartBuffer(bucket.memory, partBytes(number, bucket.sizes.chunkSize));
    this.#before = bytes;
  }

  /** What this process has written, and no other. */
  get version(): string | undefined {
    return this.#version;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#take(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#finish().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#buffer[Symbol.dispose]();
    done(error);
  }

  async #take(chunk: Buffer): Promise<void> {
    const before = this.#before;
    this.#before = Buffer.alloc(0);
    if (before.byteLength > 0) await this.#buffer.fill(before); // shorter than a part
    this.#isChanged = true;
    for (let rest = chunk; rest.byteLength > 0; ) {
      if (this.#buffer.isFull) await this.#sendPart();
      rest = await this.#buffer.fill(rest);
    }
  }

  /** What is left becomes the last part, or the whole object when there were none. */
  async #finish(): Promise<void> {
    if (!this.#isChanged) return;
    if (!this.#upload && this.#buffer.size < MIN_PART_BYTES) {
      this.#version = await this.#buffer.read((bytes) => this.#bucket.put(this.#key, bytes));
      return;
    }
    const isTail = this.#buffer.size < MIN_PART_BYTES;
    const etag = await this.#addPart();
    if (isTail) await this.#buffer.read((bytes) => putTail(this.#bucket, this.#key, bytes, etag));
    this.#version = this.#upload?.version;
  }

  async #sendPart(): Promise<void> {
    await this.#addPart();
    this.#number += 1;
    this.#buffer.clear(partBytes(this.#number, this.#bucket.sizes.chunkSize));
  }

  async #addPart(): Promise<string> {
    const upload = this.#upload ?? (await MultipartUpload.create(this.#bucket, this.#key));
    this.#upload = upload;
    return this.#buffer.read((bytes) => upload.add(bytes, this.#number));
  }
}

/** Goes on after the first `end` bytes of an object; what does not fit into memory is copied by the server. */
export async function startAfter(bucket: Bucket, key: StorageKey, object: S3Object, end: number): Promise<AppendStart> {
  if (end < MIN_PART_BYTES) {
    const bytes = await readWhole(bucket, key, end);
    const version = end < object.size ? await bucket.put(key, bytes) : object.version;
    return { upload: undefined, number: 1, bytes, version };
  }
  await removeTail(bucket, key);
  const upload = await MultipartUpload.create(bucket, key);
  await upload.addAllOf(key, object, end);
  return { upload, number: upload.nextNumber, bytes: Buffer.alloc(0), version: upload.version };
}
