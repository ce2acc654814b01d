import type { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { ObjectStat, ReadRange } from '../driver.ts';
import type { StorageKey } from '../storage-key.ts';
import { isNoSuchKey, isS3Error, toS3Error } from './errors.ts';
import { type S3Options, type S3Sizes, sizesOf } from './options.ts';
import { PartMemory } from './part-memory.ts';
import type { S3Sdk } from './sdk.ts';

const DELETES_AT_ONCE = 16;

/** An object as HEAD shows it. `etag` with its quotes, as the server gave it. */
export interface S3Object extends ObjectStat {
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A bucket, or the part of one below a root: requests for single objects, and the names of what is in a folder. */
export class Bucket {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  readonly name: string;
  readonly sizes: S3Sizes;
  readonly memory: PartMemory;
  readonly #root: string;
  readonly #options: S3Options;

  constructor(sdk: S3Sdk, options: S3Options) {
    this.sdk = sdk;
    this.#options = options;
    this.name = options.bucket;
    this.sizes = sizesOf(options);
    this.memory = new PartMemory(this.sizes.chunkSize);
    this.#root = (options.rootDirectory ?? '').replace(/^\/+|\/+$/g, '');
    this.client = makeClient(sdk, options);
  }

  /** What the names of all objects begin with. */
  get rootPrefix(): string {
    return this.#root === '' ? '' : `${this.#root}/`;
  }

  /** The object's name in the bucket: as CNCF distribution has it, `rootdirectory/docker/registry/v2/…`. */
  pathOf(key: StorageKey): string {
    return this.rootPrefix + key;
  }

  /** What a request names an object by. */
  at(key: StorageKey): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.name, Key: this.pathOf(key) };
  }

  /** What a new object is made with. */
  created(key: StorageKey) {
    const { encrypt, keyId, storageClass, objectAcl } = this.#options;
    return {
      ...this.at(key),
      ContentType: 'application/octet-stream',
      ...(encrypt ? { ServerSideEncryption: keyId ? ('aws:kms' as const) : ('AES256' as const) } : {}),
      ...(encrypt && keyId ? { SSEKMSKeyId: keyId } : {}),
      ...(storageClass ? { StorageClass: storageClass as 'STANDARD' } : {}),
      ...(objectAcl ? { ACL: objectAcl as 'private' } : {}),
    };
  }

  /** @throws {S3AccessDeniedError | S3RequestError}, and what `isS3Error` tells apart */
  send: S3Client['send'] = async (...args: unknown[]) => {
    try {
      return await (this.client.send as (...all: unknown[]) => Promise<never>).apply(this.client, args);
    } catch (error) {
      throw toS3Error(this.name, error);
    }
  };

  async head(key: StorageKey): Promise<S3Object | undefined> {
    try {
      const found = await this.send(new this.sdk.HeadObjectCommand(this.at(key)));
      const [size, modifiedAt, etag] = [found.ContentLength ?? 0, found.LastModified ?? new Date(0), found.ETag ?? ''];
      return { size, modifiedAt, etag, version: etag, metadata: found.Metadata ?? {} };
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      throw error;
    }
  }

  /** `undefined` when there is no such object; an empty range of one that is there comes as no bytes. */
  async get(
    key: StorageKey,
    { offset = 0, length = Number.POSITIVE_INFINITY }: ReadRange,
  ): Promise<Readable | 'empty' | undefined> {
    const isWhole = offset === 0 && length === Number.POSITIVE_INFINITY;
    const last = Number.isFinite(length) ? String(offset + length - 1) : '';
    const range = isWhole ? {} : { Range: `bytes=${offset}-${last}` };
    try {
      if (length <= 0) return (await this.head(key)) && 'empty';
      const { Body } = await this.send(new this.sdk.GetObjectCommand({ ...this.at(key), ...range }));
      return Body as Readable;
    } catch (error) {
      if (isNoSuchKey(error)) return undefined;
      if (isS3Error(error, 'InvalidRange')) return 'empty';
      throw error;
    }
  }

  /** Answers the version. */
  async put(key: StorageKey, bytes: Uint8Array, metadata: Record<string, string> = {}): Promise<string> {
    const input = { ...this.created(key), Body: bytes, ContentLength: bytes.byteLength, Metadata: metadata };
    return (await this.send(new this.sdk.PutObjectCommand(input))).ETag ?? '';
  }

  async remove(key: StorageKey): Promise<void> {
    await this.send(new this.sdk.DeleteObjectCommand(this.at(key)));
  }

  /** Names right below the folder, of objects and folders, unsorted, a page of the server's at a time. */
  async *names(folder: StorageKey): AsyncIterable<string[]> {
    const prefix = `${this.pathOf(folder)}/`;
    const asked = { Bucket: this.name, Prefix: prefix, Delimiter: '/' };
    for (let token: string | undefined, isMore = true; isMore; ) {
      const page = await this.send(
        new this.sdk.ListObjectsV2Command({ ...asked, ...(token ? { ContinuationToken: token } : {}) }),
      );
      yield [
        ...(page.Contents ?? []).map(({ Key = '' }) => Key.slice(prefix.length)),
        ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1)),
      ];
      token = page.NextContinuationToken;
      isMore = page.IsTruncated === true && token !== undefined;
    }
  }

  /** Removes every object in the folder: one by one, since not every S3 takes a list of them from this SDK. */
  async removeFolder(folder: StorageKey): Promise<void> {
    const asked = { Bucket: this.name, Prefix: `${this.pathOf(folder)}/` };
    for (let isMore = true; isMore; ) {
      const page = await this.send(new this.sdk.ListObjectsV2Command(asked));
      const paths = (page.Contents ?? []).map(({ Key = '' }) => Key).values();
      const work = async (): Promise<void> => {
        for (const Key of paths) await this.send(new this.sdk.DeleteObjectCommand({ Bucket: this.name, Key }));
      };
      await Promise.all(Array.from({ length: DELETES_AT_ONCE }, work));
      isMore = page.IsTruncated === true;
    }
  }
}

function makeClient(sdk: S3Sdk, options: S3Options): S3Client {
  const { accessKeyId, secretAccessKey, sessionToken, endpoint, skipVerify = false } = options;
  const agent = { keepAlive: true, maxSockets: 256 };
  return new sdk.S3Client({
    region: options.region,
    forcePathStyle: options.forcePathStyle ?? false,
    maxAttempts: 4,
    // The signature covers the content already, and not every S3 knows Amazon's newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 10_000,
      httpAgent: agent,
      httpsAgent: { ...agent, rejectUnauthorized: !skipVerify },
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId !== undefined && secretAccessKey !== undefined
      ? { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } }
      : {}),
  });
}
