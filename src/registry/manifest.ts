import {
  type Descriptor,
  type Digest,
  isDigest,
  isImageManifest,
  isIndex,
  isJsonObject,
  JsonMalformedError,
  type JsonObject,
  type JsonValue,
  MEDIA_TYPES,
  parseJson,
} from '../core/index.ts';
import { RegistryError } from './errors.ts';

/** 4 MiB, as the specification proposes and CNCF distribution has it (distribution-spec v1.1, "Pushing Manifests"). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What the registry needs to know of a manifest; the bytes are kept beside it, as they came. */
export interface Manifest {
  readonly mediaType: string;
  /** Blobs that must be there: config and layers, save those that are never distributed. */
  readonly blobs: readonly Descriptor[];
  /** Manifests that must be there. */
  readonly manifests: readonly ManifestDescriptor[];
  readonly subject: Descriptor | undefined;
  /** Where else its descriptors say that their contents are to be had. */
  readonly urls: readonly string[];
  /** For lists of referrers (image-spec v1.1, manifest.md, "artifactType"). */
  readonly artifactType: string | undefined;
  readonly annotations: JsonObject | undefined;
}

export interface ManifestDescriptor extends Descriptor {
  readonly os: string | undefined;
  readonly architecture: string | undefined;
}

/**
 * Reads a manifest or index: Docker image manifest v2 schema 2, Docker manifest list, OCI image manifest or index.
 * `contentType`, when given, must agree with the document's own `mediaType`.
 * @throws {RegistryError} MANIFEST_INVALID
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  const json = readJson(bytes);
  if (!isJsonObject(json)) throw invalid('not an object');
  const mediaType = mediaTypeOf(json);
  if (contentType !== undefined && contentType !== mediaType) {
    const isManifest = isImageManifest(contentType) || isIndex(contentType);
    throw invalid(isManifest ? `content type ${contentType} for a manifest of ${mediaType}` : {});
  }
  if (json.schemaVersion !== 2) throw invalid('schemaVersion is not 2');
  return isIndex(mediaType) ? parseIndex(json, mediaType) : parseImage(json, mediaType);
}

/** OCI lets `mediaType` out: then the shape tells, and only one shape may be there (image-spec v1.1, GHSA-77vh-xpmg-72qh). */
function mediaTypeOf(json: JsonObject): string {
  if (json.mediaType === undefined)
    return json.manifests === undefined ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.ociIndex;
  if (typeof json.mediaType === 'string' && (isImageManifest(json.mediaType) || isIndex(json.mediaType))) {
    return json.mediaType;
  }
  throw invalid({});
}

function parseImage(json: JsonObject, mediaType: string): Manifest {
  if (json.manifests !== undefined) throw invalid('an image manifest has no manifests');
  const layers = listOf(json.layers, 'layers').map((layer, i) => parseDescriptor(layer, `layers[${i}]`));
  const config = parseDescriptor(json.config, 'config');
  return {
    mediaType,
    blobs: [config, ...layers].filter((blob) => !isNotDistributed(blob.mediaType)),
    manifests: [],
    ...parseReferral(json, config.mediaType),
  };
}

function parseIndex(json: JsonObject, mediaType: string): Manifest {
  if (json.layers !== undefined || json.config !== undefined) throw invalid('an index has neither config nor layers');
  const manifests = listOf(json.manifests, 'manifests').map((entry, i) => {
    const descriptor = parseDescriptor(entry, `manifests[${i}]`);
    const platform = isJsonObject(entry) && isJsonObject(entry.platform) ? entry.platform : {};
    return { ...descriptor, os: textOf(platform.os), architecture: textOf(platform.architecture) };
  });
  return { mediaType, blobs: [], manifests, ...parseReferral(json, undefined) };
}

function parseReferral(
  json: JsonObject,
  configType: string | undefined,
): Pick<Manifest, 'subject' | 'urls' | 'artifactType' | 'annotations'> {
  return {
    subject: json.subject === undefined ? undefined : parseDescriptor(json.subject, 'subject'),
    urls: [json.config, json.layers, json.manifests].flat().flatMap(urlsOf),
    artifactType: textOf(json.artifactType) || configType,
    annotations: isJsonObject(json.annotations) ? json.annotations : undefined,
  };
}

function parseDescriptor(value: JsonValue | undefined, where: string): Descriptor {
  if (!isJsonObject(value)) throw invalid(`${where} is not a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string') throw invalid(`${where} has no mediaType`);
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid(`${where} has no valid digest`);
  if (!isSize(size)) throw invalid(`${where} has no valid size`);
  return { mediaType, digest: digest as Digest, size };
}

/** image-spec v1.1, descriptor.md, "urls". */
function urlsOf(descriptor: JsonValue | undefined): string[] {
  const urls = isJsonObject(descriptor) && Array.isArray(descriptor.urls) ? descriptor.urls : [];
  return urls.filter((url) => typeof url === 'string');
}

function listOf(value: JsonValue | undefined, where: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw invalid(`${where} is not a list`);
  return value;
}

function isSize(value: JsonValue | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Layers that licences keep where they are: named by a manifest, never pushed (image-spec v1.1, layer.md). */
function isNotDistributed(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.dockerForeignLayer || mediaType.includes('.layer.nondistributable.');
}

function readJson(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes, { maxBytes: MAX_MANIFEST_BYTES });
  } catch (error) {
    if (error instanceof JsonMalformedError) throw invalid({ Offset: error.offset + 1 }, error);
    throw error;
  }
}

function invalid(detail: unknown, cause?: Error): RegistryError {
  return new RegistryError('MANIFEST_INVALID', detail, cause ? { cause } : {});
}
