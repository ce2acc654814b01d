import { digestOf, isJsonObject, type JsonValue, MEDIA_TYPES, parseDigest, parseJson } from '../../core/index.ts';
import { platformJson } from './platform-json.ts';
import type { RemoteImages } from './remote-images.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** An image as `manifest inspect --verbose` shows it; its platform is the index's, or its own config's. */
export async function describeImage(
  images: RemoteImages,
  { bytes, mediaType }: { readonly bytes: Buffer; readonly mediaType: string },
  ref: string,
  platform?: JsonValue,
): Promise<unknown> {
  const manifest = parseJson(bytes.toString('utf8'), { maxBytes: MAX_MANIFEST_BYTES });
  const descriptor = {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.byteLength,
    platform: platform === undefined ? await platformOf(images, manifest) : platformJson(platform),
  };
  const kind = mediaType === MEDIA_TYPES.ociManifest ? 'OCIManifest' : 'SchemaV2Manifest';
  return { Ref: ref, Descriptor: descriptor, Raw: bytes.toString('base64'), [kind]: manifest };
}

async function platformOf(images: RemoteImages, manifest: JsonValue): Promise<unknown> {
  const config = isJsonObject(manifest) && isJsonObject(manifest.config) ? manifest.config : {};
  if (typeof config.digest !== 'string') return undefined; // an artifact of another kind
  return platformJson(parseJson(await images.getConfig(parseDigest(config.digest))));
}
