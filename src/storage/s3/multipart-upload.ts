import { createHash } from 'node:crypto';
import type { CompletedPart } from '@aws-sdk/client-s3';
import type { StorageKey } from '../storage-key.ts';
import type { Bucket, S3Object } from './bucket.ts';
import { copyAsSeen } from './copy-source.ts';
import { isS3Error } from './errors.ts';
import { MAX_COPY_BYTES } from './options.ts';

export interface Part {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
}

/** An object on its way in parts, which the server keeps, across restarts, until they are made an object or given up. */
export class MultipartUpload {
  readonly #bucket: Bucket;
  /** Name of the object in the bucket. */
  readonly #path: string;
  readonly id: string;
  readonly changedAt: Date;
  /** In order. */
  readonly parts: Part[];

  constructor(bucket: Bucket, path: string, id: string, parts: readonly Part[], changedAt: Date) {
    this.#bucket = bucket;
    this.#path = path;
    this.id = id;
    this.parts = [...parts];
    this.changedAt = changedAt;
  }

  static async create(bucket: Bucket, key: StorageKey): Promise<MultipartUpload> {
    const { UploadId = '' } = await bucket.send(new bucket.sdk.CreateMultipartUploadCommand(bucket.created(key)));
    return new MultipartUpload(bucket, bucket.pathOf(key), UploadId, [], new Date());
  }

  /** Those on their way to this key: one, unless somebody begins anew while another still writes. */
  static async list(bucket: Bucket, key: StorageKey): Promise<MultipartUpload[]> {
    const found: MultipartUpload[] = [];
    for await (const { path, id, startedAt } of listUploads(bucket, bucket.pathOf(key))) {
      const upload = path === bucket.pathOf(key) ? await readParts(bucket, path, id, startedAt) : undefined;
      if (upload) found.push(upload);
    }
    return found;
  }

  get size(): number {
    return this.parts.reduce((sum, part) => sum + part.size, 0);
  }

  get nextNumber(): number {
    return (this.parts.at(-1)?.number ?? 0) + 1;
  }

  /** Differs whenever the parts do. */
  get version(): string {
    const hash = createHash('sha256').update(this.id);
    for (const { number, size, etag } of this.parts) hash.update(`\n${number} ${size} ${etag}`);
    return hash.digest('base64url');
  }

  /** Adds a part, in place of one of its number. Answers its ETag. */
  async add(bytes: Uint8Array, number = this.nextNumber): Promise<string> {
    const input = { ...this.#at, PartNumber: number, Body: bytes, ContentLength: bytes.byteLength };
    const { ETag = '' } = await this.#bucket.send(new this.#bucket.sdk.UploadPartCommand(input));
    this.#keep({ number, size: bytes.byteLength, etag: ETag });
    return ETag;
  }

  /** Adds the bytes from `start` on, as many as `size`, of an object in the same bucket, without moving them through here. */
  async addCopy(
    from: StorageKey,
    source: S3Object,
    start: number,
    size: number,
    number = this.nextNumber,
  ): Promise<void> {
    const range = size < source.size ? { CopySourceRange: `bytes=${start}-${start + size - 1}` } : {};
    const { CopyPartResult } = await copyAsSeen(this.#bucket, from, source, (copySource) => {
      const input = { ...this.#at, ...copySource, ...range, PartNumber: number };
      return this.#bucket.send(new this.#bucket.sdk.UploadPartCopyCommand(input));
    });
    this.#keep({ number, size, etag: CopyPartResult?.ETag ?? '' });
  }

  /** Adds all there is of an object up to `end`, in as few parts as S3 takes. */
  async addAllOf(from: StorageKey, source: S3Object, end: number): Promise<void> {
    const count = Math.ceil(end / MAX_COPY_BYTES);
    const each = Math.ceil(end / Math.max(1, count));
    for (let start = 0; start < end; start += each) {
      await this.addCopy(from, source, start, Math.min(each, end - start));
    }
  }

  /** Makes the object; just these parts, or nothing: one that was replaced since fails it. Answers its ETag. @throws InvalidPart */
  async complete(): Promise<string> {
    const Parts: CompletedPart[] = this.parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    const input = { ...this.#at, MultipartUpload: { Parts } };
    return (await this.#bucket.send(new this.#bucket.sdk.CompleteMultipartUploadCommand(input))).ETag ?? '';
  }

  async abort(): Promise<void> {
    await abortUpload(this.#bucket, this.#path, this.id);
  }

  get #at() {
    return { Bucket: this.#bucket.name, Key: this.#path, UploadId: this.id };
  }

  #keep(part: Part): void {
    const others = this.parts.filter(({ number }) => number !== part.number);
    this.parts.splice(0, this.parts.length, ...[...others, part].sort((a, b) => a.number - b.number));
  }
}

/** Gives up everything on its way to the folder's keys, and to the key itself. */
export async function abortUploads(bucket: Bucket, key: StorageKey): Promise<void> {
  const path = bucket.pathOf(key);
  const uploads: UploadName[] = [];
  for await (const upload of listUploads(bucket, path)) {
    if (upload.path === path || upload.path.startsWith(`${path}/`)) uploads.push(upload);
  }
  for (const { path: at, id } of uploads) await abortUpload(bucket, at, id);
}

/** Gives up everything on its way anywhere that was not added to since `before`: a crash may have left it. */
export async function reapUploads(bucket: Bucket, before: Date): Promise<void> {
  for await (const { path, id, startedAt } of listUploads(bucket, bucket.rootPrefix)) {
    if (startedAt >= before) continue;
    const upload = await readParts(bucket, path, id, startedAt);
    if (upload && upload.changedAt < before) await upload.abort();
  }
}

async function abortUpload(bucket: Bucket, path: string, id: string): Promise<void> {
  const input = { Bucket: bucket.name, Key: path, UploadId: id };
  await bucket.send(new bucket.sdk.AbortMultipartUploadCommand(input)).catch((error: unknown) => {
    if (!isS3Error(error, 'NoSuchUpload')) throw error;
  });
}

interface UploadName {
  readonly path: string;
  readonly id: string;
  readonly startedAt: Date;
}

async function* listUploads(bucket: Bucket, prefix: string): AsyncIterable<UploadName> {
  let markers = {};
  for (let isMore = true; isMore; ) {
    const input = { Bucket: bucket.name, Prefix: prefix, ...markers };
    const page = await bucket.send(new bucket.sdk.ListMultipartUploadsCommand(input));
    for (const { Key: path = '', UploadId: id = '', Initiated: startedAt = new Date(0) } of page.Uploads ?? []) {
      yield { path, id, startedAt };
    }
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    isMore = page.IsTruncated === true && page.NextKeyMarker !== undefined;
  }
}

async function readParts(
  bucket: Bucket,
  path: string,
  id: string,
  startedAt: Date,
): Promise<MultipartUpload | undefined> {
  const parts: Part[] = [];
  let changedAt = startedAt;
  try {
    for (let marker: string | undefined, isMore = true; isMore; ) {
      const at = { Bucket: bucket.name, Key: path, UploadId: id };
      const input = { ...at, ...(marker === undefined ? {} : { PartNumberMarker: marker }) };
      const page = await bucket.send(new bucket.sdk.ListPartsCommand(input));
      for (const { PartNumber: number = 0, Size: size = 0, ETag: etag = '', LastModified } of page.Parts ?? []) {
        parts.push({ number, size, etag });
        if (LastModified && LastModified > changedAt) changedAt = LastModified;
      }
      marker = page.NextPartNumberMarker;
      isMore = page.IsTruncated === true && marker !== undefined;
    }
  } catch (error) {
    if (isS3Error(error, 'NoSuchUpload')) return undefined; // ended since it was listed
    throw error;
  }
  return new MultipartUpload(bucket, path, id, parts, changedAt);
}
