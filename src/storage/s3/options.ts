const MIB = 1024 * 1024;

/** What S3 takes for a part of an upload that is not the last one (Amazon S3, "Multipart upload limits"). */
export const MIN_PART_BYTES = 5 * MIB;
/** What one copy request may copy. */
export const MAX_COPY_BYTES = 5 * 1024 * MIB;
export const MAX_PARTS = 10_000;

/** Where a bucket is and how it is used. Names are those of CNCF distribution's `s3` driver, in camel case. */
export interface S3Options {
  readonly bucket: string;
  readonly region: string;
  /** `https://s3.example.com:9000`, for a server other than Amazon's. */
  readonly endpoint?: string | undefined;
  /** What all keys begin with. */
  readonly rootDirectory?: string | undefined;
  /** Left out: what the AWS SDK finds in the environment, in files, or asks the machine's own role for. */
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. */
  readonly forcePathStyle?: boolean | undefined;
  /** Does a certificate that nobody vouches for do? Only for servers of one's own. */
  readonly skipVerify?: boolean | undefined;
  /** Bytes of a part, 5 MiB at least and unless given: each upload on its way holds one in memory. */
  readonly chunkSize?: number | undefined;
  /** Larger objects than this are copied in parts, by several requests at once. Bytes. */
  readonly multipartCopyThreshold?: number | undefined;
  readonly multipartCopyChunkSize?: number | undefined;
  readonly multipartCopyConcurrency?: number | undefined;
  /** Encrypted at rest by the server; by this KMS key when there is one. */
  readonly encrypt?: boolean | undefined;
  readonly keyId?: string | undefined;
  /** `STANDARD`, `STANDARD_IA`, …; the bucket's own when left out. */
  readonly storageClass?: string | undefined;
  /** `private`, …; none is sent when left out. */
  readonly objectAcl?: string | undefined;
  /** How long a URL that `redirect` makes is good for. Seconds. */
  readonly redirectSeconds?: number | undefined;
}

export interface S3Sizes {
  readonly chunkSize: number;
  readonly copyThreshold: number;
  readonly copyChunkSize: number;
  readonly copyConcurrency: number;
}

/** Sizes to work with: those asked for within what S3 takes. */
export function sizesOf(options: S3Options): S3Sizes {
  return {
    chunkSize: Math.max(MIN_PART_BYTES, options.chunkSize ?? 0),
    copyThreshold: Math.min(MAX_COPY_BYTES, options.multipartCopyThreshold ?? 32 * MIB),
    copyChunkSize: Math.max(MIN_PART_BYTES, options.multipartCopyChunkSize ?? 32 * MIB),
    copyConcurrency: Math.max(1, options.multipartCopyConcurrency ?? 16),
  };
}

/** Parts grow with their number, so that 10,000 of them hold 268 GiB and small uploads need little memory. Bytes. */
export function partBytes(number: number, chunkSize: number): number {
  return chunkSize * (1 + Math.floor((number - 1) / 1000));
}
