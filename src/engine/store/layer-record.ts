import {
  type Descriptor,
  type Digest,
  isDigest,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from '../../core/index.ts';

/** A repository that is known to hold a layer's blob: full name, `docker.io/library/alpine`. */
export interface LayerSource {
  readonly repository: string;
  readonly digest: Digest;
}

/**
 * A layer of the store. `size` is the sum of its entries' sizes, as docker counts an image; `tarSize` that of the
 * unpacked archive. `blobs` are the forms we hold it in: as pulled, as compressed for a push, or the plain archive.
 */
export interface LayerRecord {
  readonly diffId: Digest;
  readonly size: number;
  readonly tarSize: number;
  readonly blobs: readonly Descriptor[];
  readonly sources: readonly LayerSource[];
}

export function parseLayerRecord(diffId: Digest, value: JsonObject): LayerRecord | undefined {
  const { size, tarSize } = value;
  if (typeof size !== 'number' || typeof tarSize !== 'number') return undefined;
  const blobs = parseDescriptors(value.blobs);
  return blobs.length === 0 ? undefined : { diffId, size, tarSize, blobs, sources: parseSources(value.sources) };
}

/** Descriptors of a record or a manifest; entries that are none are left out. */
export function parseDescriptors(value: JsonValue | undefined): Descriptor[] {
  return listOf(value).flatMap((item) => parseDescriptor(item) ?? []);
}

/** A descriptor, unless a member is missing or wrong (image-spec v1.1, descriptor.md, "Properties"). */
export function parseDescriptor(value: JsonValue | undefined): Descriptor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  return { mediaType, digest, size };
}

function parseSources(value: JsonValue | undefined): LayerSource[] {
  return listOf(value).flatMap((item) => {
    if (!isJsonObject(item)) return [];
    const { repository, digest } = item;
    const isWhole = typeof repository === 'string' && typeof digest === 'string' && isDigest(digest);
    return isWhole ? [{ repository, digest }] : [];
  });
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
