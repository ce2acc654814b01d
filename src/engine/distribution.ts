import { type Descriptor, digestAlgorithm, digestOf, type ImageReference, withDefaultTag } from '../core/index.ts';
import type { RegistryClient, RegistryCredentials } from '../registry/client/index.ts';
import { ContentMismatchError } from './content-errors.ts';
import { MAX_CONFIG_BYTES, parseImageConfig } from './image-config.ts';
import { type ImageManifest, parseManifest } from './manifest.ts';
import type { Platform } from './platform.ts';
import { type RegistryAccess, withRegistry } from './registry-access.ts';

/** What a registry has under a name: the manifest's descriptor and the platforms it is for. */
export interface RemoteImage {
  readonly descriptor: Descriptor;
  readonly platforms: readonly Platform[];
}

/**
 * Asks a registry what a name means, without pulling it (Engine API v1.51, `DistributionInspect`). What comes back is
 * verified against the digest asked for, and a config against its manifest.
 * @throws {ContentMismatchError | ManifestUnusableError | RegistryClientError}
 */
export async function inspectRemote(
  access: RegistryAccess,
  asked: ImageReference,
  credentials: RegistryCredentials | undefined,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const { domain, repository, tag, digest } = withDefaultTag(asked);
  return withRegistry(access, domain, credentials, signal, async (client, settle) => {
    const wanted = digest ?? tag;
    if (wanted === undefined) throw new Error('a reference has a tag or a digest by now');
    const offered = await client.getManifest(repository, wanted, signal);
    settle();
    const actual = digestOf(offered.bytes, digest && digestAlgorithm(digest));
    if (digest && actual !== digest) throw new ContentMismatchError('manifest', digest);
    const manifest = parseManifest(offered.bytes, offered.mediaType);
    const descriptor = { mediaType: manifest.mediaType, digest: actual, size: offered.bytes.byteLength };
    if (manifest.kind === 'image') {
      return { descriptor, platforms: [await platformOf(client, repository, manifest, signal)] };
    }
    const images = manifest.manifests.filter(({ isAttestation }) => !isAttestation);
    return { descriptor, platforms: images.map(({ platform }) => platform) };
  });
}

async function platformOf(
  client: RegistryClient,
  name: ImageReference['repository'],
  { config }: ImageManifest,
  signal: AbortSignal,
): Promise<Platform> {
  const limit = Math.min(config.size, MAX_CONFIG_BYTES);
  const { body } = await client.getBlob(name, config.digest, 0, signal);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (size > limit || digestOf(bytes, digestAlgorithm(config.digest)) !== config.digest) {
    throw new ContentMismatchError('image config', config.digest);
  }
  return parseImageConfig(bytes).platform;
}
