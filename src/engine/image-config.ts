import {
  type Digest,
  isDigest,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  TrustSandboxError,
} from '../core/index.ts';
import { type Platform, readPlatform } from './platform.ts';

/** One step of an image's making (image-spec v1.1, config.md, "history"). */
export interface HistoryEntry {
  readonly created: string | undefined;
  readonly createdBy: string;
  readonly comment: string;
  readonly emptyLayer: boolean;
}

/** An image's config, as far as it is acted on; `source` is all of it. */
export interface ImageConfig {
  readonly source: JsonObject;
  readonly diffIds: readonly Digest[];
  readonly platform: Platform;
  /** RFC 3339, as written. */
  readonly created: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
  readonly history: readonly HistoryEntry[];
}

/** A config that is none. */
export class ImageConfigError extends TrustSandboxError {
  readonly code = 'ENGINE_IMAGE_CONFIG';
}

export const MAX_CONFIG_BYTES = 8 * 1024 * 1024;

/** Reads a config (image-spec v1.1, config.md). @throws {ImageConfigError} */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const source = parseObject(bytes);
  const rootfs = source.rootfs;
  const diffIds: readonly JsonValue[] = isJsonObject(rootfs) && Array.isArray(rootfs.diff_ids) ? rootfs.diff_ids : [];
  if (!isJsonObject(rootfs) || !diffIds.every((diffId): diffId is Digest => isDigestValue(diffId))) {
    throw new ImageConfigError('invalid rootfs in image configuration');
  }
  const config = isJsonObject(source.config) ? source.config : {};
  const history: readonly JsonValue[] = Array.isArray(source.history) ? source.history : [];
  return {
    source,
    diffIds,
    platform: readPlatform(source),
    created: text(source.created) || undefined,
    labels: textMap(config.Labels),
    history: history.filter(isJsonObject).map(parseHistoryEntry),
  };
}

function parseObject(bytes: Uint8Array): JsonObject {
  try {
    const value = parseJson(bytes, { maxBytes: MAX_CONFIG_BYTES });
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new ImageConfigError(`invalid image configuration: ${(cause as Error).message}`, { cause });
  }
  throw new ImageConfigError('invalid image configuration: not an object');
}

function parseHistoryEntry(entry: JsonObject): HistoryEntry {
  return {
    created: text(entry.created) || undefined,
    createdBy: text(entry.created_by),
    comment: text(entry.comment),
    emptyLayer: entry.empty_layer === true,
  };
}

function isDigestValue(value: JsonValue): value is Digest {
  return typeof value === 'string' && isDigest(value);
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function textMap(value: JsonValue | undefined): ReadonlyMap<string, string> {
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  return new Map(entries.map(([name, item]) => [name, text(item)]));
}
