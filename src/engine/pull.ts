import {
  type Digest,
  digestAlgorithm,
  digestOf,
  familiarName,
  formatReference,
  fullName,
  type ImageReference,
  type Log,
  type RepositoryName,
  type Tag,
} from '../core/index.ts';
import {
  type OfferedManifest,
  type RegistryClient,
  type RegistryCredentials,
  RegistryRefusedError,
} from '../registry/client/index.ts';
import { pullConfig } from './config-pull.ts';
import { ContentMismatchError, PullRefusedError, RootfsMismatchError } from './content-errors.ts';
import type { DownloadContext } from './download.ts';
import { parseImageConfig } from './image-config.ts';
import { pullLayers, type SharedLayers } from './layer-pull.ts';
import { type ImageManifest, ManifestUnusableError, parseManifest, selectManifest } from './manifest.ts';
import type { Platform } from './platform.ts';
import { type Emit, message } from './progress-event.ts';
import { type RegistryAccess, type Settle, withRegistry } from './registry-access.ts';
import type { RetrySchedule } from './retry.ts';
import type { Slots } from './slots.ts';
import type { ImageStore } from './store/image-store.ts';

/** What pulls need of the engine they run in. */
export interface PullContext {
  readonly store: ImageStore;
  readonly access: RegistryAccess;
  readonly retry: RetrySchedule;
  readonly downloads: Slots;
  readonly shared: SharedLayers;
  readonly log: Log;
  now(): Date;
}

export interface PullRequest {
  /** With a tag or a digest; with neither, all tags are pulled. */
  readonly reference: ImageReference;
  readonly platform: Platform;
  readonly credentials: RegistryCredentials | undefined;
}

const MAX_INDEX_DEPTH = 3;

/**
 * Pulls an image: manifest verified against the digest asked for, config and layers against the manifest, unpacked
 * layers against the config; only then stored and named. A failure or an abort leaves nothing behind.
 * @throws {PullRefusedError | ContentMismatchError | RootfsMismatchError | ManifestUnusableError | RegistryClientError}
 */
export async function pullImage(
  context: PullContext,
  request: PullRequest,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const { reference, credentials } = request;
  try {
    await withRegistry(context.access, reference.domain, credentials, signal, async (client, settle) => {
      const references = await listReferences(client, reference, signal);
      let isNew = false;
      for (const one of references)
        isNew = (await pullOne(context, request, one, client, settle, emit, signal)) || isNew;
      const shown = formatReference(reference);
      emit(message(isNew ? `Status: Downloaded newer image for ${shown}` : `Status: Image is up to date for ${shown}`));
    });
  } catch (thrown) {
    throw thrown instanceof RegistryRefusedError ? refusedPull(reference, thrown) : thrown;
  }
}

async function listReferences(
  client: RegistryClient,
  reference: ImageReference,
  signal: AbortSignal,
): Promise<ImageReference[]> {
  if (reference.tag || reference.digest) return [reference];
  const references: ImageReference[] = [];
  for await (const tag of client.listTags(reference.repository, signal)) references.push({ ...reference, tag });
  return references;
}

/** @returns whether the reference did not mean this image before */
async function pullOne(
  { store, retry, downloads, shared, now }: PullContext,
  { platform }: PullRequest,
  reference: ImageReference,
  client: RegistryClient,
  settle: Settle,
  emit: Emit,
  signal: AbortSignal,
): Promise<boolean> {
  const name = reference.repository;
  const offered = await client.getManifest(name, reference.digest ?? (reference.tag as Tag), signal);
  const note = settle();
  emit(message(`Pulling from ${name}`, reference.digest ? formatReference(reference) : reference.tag));
  if (note) emit(message(`${name} comes from ${note}`));
  if (reference.digest) verifyManifest(offered, reference.digest);
  const digest = reference.digest ?? digestOf(offered.bytes);
  await using lease = store.lease();
  const { manifest, bytes } = await resolvePlatform(client, name, offered, platform, signal);
  const descriptor = { mediaType: manifest.mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  for (const pinned of [manifest.config.digest, descriptor.digest]) lease.pin(pinned);
  const known = store.findImage(manifest.config.digest);
  let diffIds = known?.diffIds;
  for (const diffId of diffIds ?? []) lease.pin(diffId);
  if (!diffIds) {
    const download: DownloadContext = { client, name, blobs: store.blobs, lease, retry, emit, signal };
    diffIds = await pullContent({ ...download, store, downloads, shared, repository: fullName(reference) }, manifest);
  }
  const isHeld = holdsLayers(store, manifest);
  if (isHeld) await store.blobs.put(bytes);
  store.putImage(manifest.config.digest, diffIds, isHeld ? descriptor : undefined);
  const isNew = await store.name(manifest.config.digest, namesOf(reference, digest), now());
  emit(message(`Digest: ${digest}`));
  return isNew;
}

/** Follows an index down to the image of a platform, each manifest verified against its descriptor. */
async function resolvePlatform(
  client: RegistryClient,
  name: RepositoryName,
  top: OfferedManifest,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ manifest: ImageManifest; bytes: Buffer }> {
  let offered = top;
  for (let depth = 0; depth < MAX_INDEX_DEPTH; depth += 1) {
    const manifest = parseManifest(offered.bytes, offered.mediaType);
    if (manifest.kind === 'image') return { manifest, bytes: offered.bytes };
    const { digest } = selectManifest(manifest, platform);
    offered = await client.getManifest(name, digest, signal);
    verifyManifest(offered, digest);
  }
  throw new ManifestUnusableError(`index of ${name} nests deeper than ${MAX_INDEX_DEPTH}`);
}

function verifyManifest({ bytes }: OfferedManifest, digest: Digest): void {
  if (digestOf(bytes, digestAlgorithm(digest)) !== digest) throw new ContentMismatchError('manifest', digest);
}

interface ContentContext extends DownloadContext {
  readonly store: ImageStore;
  readonly downloads: Slots;
  readonly shared: SharedLayers;
  readonly repository: string;
}

/** Config and layers side by side; a config that can't be had is the more telling failure, so it is told first. */
async function pullContent(context: ContentContext, manifest: ImageManifest): Promise<readonly Digest[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const pullingLayers = pullLayers({ ...context, signal }, manifest.layers);
  pullingLayers.catch(() => undefined);
  const pullingConfig = pullConfig({ ...context, signal }, manifest.config);
  try {
    const config = parseImageConfig(await pullingConfig);
    const diffIds = await pullingLayers;
    const isWhole = diffIds.length === config.diffIds.length;
    if (!isWhole || diffIds.some((diffId, i) => diffId !== config.diffIds[i])) throw new RootfsMismatchError();
    return diffIds;
  } catch (thrown) {
    stop.abort();
    await Promise.allSettled([pullingLayers, pullingConfig]);
    throw thrown;
  }
}

/** A manifest is worth keeping where its layers are held as it names them: it can then be pushed again, byte for byte. */
function holdsLayers(store: ImageStore, { layers }: ImageManifest): boolean {
  return layers.every(({ digest }) => store.findLayerOfBlob(digest) !== undefined);
}

/** A pull by digest gives that name alone; a pull by tag gives the tag and the digest it meant. */
function namesOf(reference: ImageReference, digest: Digest): ImageReference[] {
  const { domain, repository, tag } = reference;
  const byDigest: ImageReference = { domain, repository, digest };
  return reference.digest || !tag ? [byDigest] : [{ domain, repository, tag }, byDigest];
}

/** A refusal in docker's words; a mere mistake in the name and a missing login look the same from outside. */
function refusedPull(reference: ImageReference, refused: RegistryRefusedError): Error {
  const name = familiarName(reference);
  switch (refused.reason) {
    case 'MANIFEST_UNKNOWN':
      return new PullRefusedError(`manifest for ${formatReference(reference)} not found: ${refused.message}`);
    case 'NAME_UNKNOWN':
      return new PullRefusedError(`repository ${name} not found: ${refused.message}`);
    case 'DENIED':
      return new PullRefusedError(
        `pull access denied for ${name}, repository does not exist or may require 'docker login': ${refused.message}`,
      );
    default:
      return refused;
  }
}
