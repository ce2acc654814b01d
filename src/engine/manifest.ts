import {
  type Descriptor,
  isImageManifest,
  isIndex,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  MEDIA_TYPES,
  parseJson,
  TrustSandboxError,
} from '../core/index.ts';
import { dockerLayerType } from './compression.ts';
import { isSamePlatform, type Platform, platformText, readPlatform } from './platform.ts';
import { parseDescriptor } from './store/layer-record.ts';

/** One image: its config and layers, lowest layer first (image-spec v1.1, manifest.md; Docker image manifest v2.2). */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Images by platform (image-spec v1.1, image-index.md; Docker manifest list). */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly PlatformManifest[];
}

export interface PlatformManifest {
  readonly descriptor: Descriptor;
  readonly platform: Platform;
  /** Provenance and the like beside an image, not an image (BuildKit's attestation storage). */
  readonly isAttestation: boolean;
}

/** A manifest that can't be used here. */
export class ManifestUnusableError extends TrustSandboxError {
  readonly code = 'ENGINE_MANIFEST_UNUSABLE';
}

const MAX_LAYERS = 4096;
const CONFIGS: ReadonlySet<string> = new Set([MEDIA_TYPES.dockerConfig, MEDIA_TYPES.ociConfig]);
const ATTESTATION = 'attestation-manifest';

/** Reads a manifest or an index; its own `mediaType` comes before that of the transport. @throws {ManifestUnusableError} */
export function parseManifest(bytes: Uint8Array, transportType: string): ImageManifest | ImageIndex {
  const value = parseObject(bytes);
  const mediaType = manifestType(value, transportType);
  if ('manifests' in value && ('layers' in value || 'config' in value)) {
    throw new ManifestUnusableError('manifest is both an image and an index'); // one digest must mean one thing
  }
  if (isIndex(mediaType)) return { kind: 'index', mediaType, manifests: listOf(value.manifests).flatMap(parseEntry) };
  if (!isImageManifest(mediaType)) throw new ManifestUnusableError(`unsupported manifest media type ${mediaType}`);
  const config = parseDescriptor(value.config);
  if (!config) throw new ManifestUnusableError('manifest has no config');
  if (!CONFIGS.has(config.mediaType)) throw new ManifestUnusableError(`unsupported media type ${config.mediaType}`);
  const layers = listOf(value.layers).map((item) => parseDescriptor(item));
  if (layers.length > MAX_LAYERS) throw new ManifestUnusableError(`manifest lists more than ${MAX_LAYERS} layers`);
  if (!layers.every((layer) => layer !== undefined)) throw new ManifestUnusableError('manifest lists an invalid layer');
  return { kind: 'image', mediaType, config, layers };
}

/** The image of an index that runs on `wanted`. @throws {ManifestUnusableError} none does */
export function selectManifest(index: ImageIndex, wanted: Platform): Descriptor {
  const found = index.manifests.find((entry) => !entry.isAttestation && isSamePlatform(wanted, entry.platform));
  if (!found) {
    throw new ManifestUnusableError(`no matching manifest for ${platformText(wanted)} in the manifest list entries`);
  }
  return found.descriptor;
}

/** A manifest for an image that came without one, in docker's very bytes: three spaces, `size` before `digest`. */
export function writeDockerManifest(config: Descriptor, layers: readonly Descriptor[]): Buffer {
  const entry = ({ mediaType, size, digest }: Descriptor) => ({ mediaType, size, digest });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.dockerManifest,
    config: entry(config),
    layers: layers.map((layer) => entry({ ...layer, mediaType: dockerLayerType(layer.mediaType) })),
  };
  return Buffer.from(JSON.stringify(manifest, undefined, 3));
}

function parseObject(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(bytes);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new ManifestUnusableError(`invalid manifest: ${(cause as Error).message}`, { cause });
  }
  throw new ManifestUnusableError('invalid manifest: not an object');
}

function manifestType(value: JsonObject, transportType: string): string {
  if (typeof value.mediaType === 'string') return value.mediaType;
  if (isIndex(transportType) || isImageManifest(transportType)) return transportType;
  return 'manifests' in value ? MEDIA_TYPES.ociIndex : MEDIA_TYPES.ociManifest;
}

function parseEntry(value: JsonValue): PlatformManifest[] {
  const descriptor = parseDescriptor(value);
  if (!descriptor || !isJsonObject(value)) return [];
  const annotations = isJsonObject(value.annotations) ? value.annotations : {};
  return [
    {
      descriptor,
      platform: isJsonObject(value.platform) ? readPlatform(value.platform) : { os: 'linux', architecture: 'amd64' },
      isAttestation: annotations['vnd.docker.reference.type'] === ATTESTATION,
    },
  ];
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
