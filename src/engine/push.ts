import {
  type Descriptor,
  type Digest,
  familiarName,
  formatReference,
  fullName,
  type ImageReference,
  MEDIA_TYPES,
  TrustSandboxError,
} from '../core/index.ts';
import type { OfferedManifest, RegistryClient, RegistryCredentials } from '../registry/client/index.ts';
import { shortId } from './layer-pull.ts';
import { type LayerPushContext, pushLayer } from './layer-push.ts';
import { type ImageManifest, parseManifest, writeDockerManifest } from './manifest.ts';
import { type Emit, message, step } from './progress-event.ts';
import { forWriting, type RegistryAccess, withRegistry } from './registry-access.ts';
import type { RetrySchedule } from './retry.ts';
import type { Slots } from './slots.ts';
import type { ImageRecord } from './store/image-record.ts';
import type { ImageStore } from './store/image-store.ts';

/** What pushes need of the engine they run in. */
export interface PushContext {
  readonly store: ImageStore;
  readonly access: RegistryAccess;
  readonly retry: RetrySchedule;
  readonly uploads: Slots;
  now(): Date;
}

/** There is nothing of that name to push. */
export class PushRefusedError extends TrustSandboxError {
  readonly code = 'ENGINE_PUSH_REFUSED';
}

interface PushTarget {
  readonly reference: ImageReference;
  readonly imageId: Digest;
}

/**
 * Pushes a tag, or all tags of a repository: layers from the top down, then the config, then the manifest. Each tag
 * ends in its digest and one `aux` line, which is what the trust client signs.
 * @throws {PushRefusedError | RegistryClientError}
 */
export async function pushImage(
  context: PushContext,
  reference: ImageReference,
  credentials: RegistryCredentials | undefined,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  emit(message(`The push refers to repository [${fullName(reference)}]`));
  if (reference.digest) throw new PushRefusedError('cannot push a digest reference');
  const named = listNamed(context.store, reference);
  if (named.length === 0) {
    throw new PushRefusedError(`An image does not exist locally with the tag: ${familiarName(reference)}`);
  }
  const access = forWriting(context.access);
  await withRegistry(access, reference.domain, credentials, signal, async (client, settle) => {
    settle();
    const pushed = new Map<Digest, Descriptor>();
    for (const target of selectTargets(named, reference)) {
      await pushOne(context, target, client, pushed, emit, signal);
    }
  });
}

function listNamed(store: ImageStore, { domain, repository }: ImageReference): PushTarget[] {
  return store.references
    .list()
    .filter((stored) => stored.reference.domain === domain && stored.reference.repository === repository);
}

function selectTargets(named: readonly PushTarget[], reference: ImageReference): PushTarget[] {
  const tagged = named.filter(
    ({ reference: { tag } }) => tag !== undefined && (!reference.tag || tag === reference.tag),
  );
  if (tagged.length > 0) return tagged;
  if (reference.tag) throw new PushRefusedError(`tag does not exist: ${formatReference(reference)}`);
  throw new PushRefusedError(`no tags to push for ${familiarName(reference)}`);
}

async function pushOne(
  { store, retry, uploads, now }: PushContext,
  { reference, imageId }: PushTarget,
  client: RegistryClient,
  pushed: Map<Digest, Descriptor>,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const image = store.findImage(imageId);
  if (!image) throw new PushRefusedError(`could not find image from tag ${formatReference(reference)}`);
  await using lease = store.lease();
  for (const pinned of [imageId, ...image.diffIds]) lease.pin(pinned);
  const { repository, tag } = reference;
  const kept = await findManifest(store, image, reference);
  const context: LayerPushContext = { store, client, reference, lease, retry, uploads, pushed, emit, signal };
  const layers = await pushLayers(context, image.diffIds, kept?.manifest);
  const config = await pushConfig(context, imageId, kept?.manifest);
  const offered = kept?.offered ?? {
    mediaType: MEDIA_TYPES.dockerManifest,
    bytes: writeDockerManifest(config, layers),
  };
  if (!tag) return;
  const digest = await client.putManifest(repository, tag, offered, signal);
  const size = offered.bytes.byteLength;
  lease.pin(digest);
  await store.blobs.put(offered.bytes);
  store.putImage(imageId, image.diffIds, { mediaType: offered.mediaType, digest, size });
  emit(message(`${tag}: digest: ${digest} size: ${size}`));
  await store.name(imageId, [{ domain: reference.domain, repository, digest }], now());
  emit({ aux: { Tag: tag, Digest: digest, Size: size } });
}

interface KeptManifest {
  readonly manifest: ImageManifest;
  readonly offered: OfferedManifest;
}

/**
 * The manifest that the image came with, where it may be pushed again as it is: one known under this repository's name
 * before others, the newest before older ones.
 */
async function findManifest(
  store: ImageStore,
  image: ImageRecord,
  { domain, repository }: ImageReference,
): Promise<KeptManifest | undefined> {
  const isNamed = ({ digest }: Descriptor): boolean =>
    store.references.find({ domain, repository, digest }) === image.id;
  const candidates = [...image.manifests].reverse().sort((a, b) => Number(isNamed(b)) - Number(isNamed(a)));
  for (const { digest, mediaType } of candidates) {
    const bytes = await store.blobs.bytes(digest);
    const manifest = parseManifest(bytes, mediaType);
    if (manifest.kind !== 'image' || !manifest.layers.every((layer) => store.findLayerOfBlob(layer.digest))) continue;
    return { manifest, offered: { mediaType: manifest.mediaType, bytes } };
  }
  return undefined;
}

/** @returns descriptors, lowest layer first, as the manifest lists them */
async function pushLayers(
  context: LayerPushContext,
  diffIds: readonly Digest[],
  manifest: ImageManifest | undefined,
): Promise<Descriptor[]> {
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const wanted = new Map(diffIds.map((diffId, i) => [diffId, manifest?.layers[i]]));
  const topFirst = [...wanted].reverse();
  for (const [diffId] of topFirst) context.emit(step(shortId(diffId), 'Preparing'));
  for (const [diffId] of topFirst.slice(context.uploads.count)) context.emit(step(shortId(diffId), 'Waiting'));
  const pushes = topFirst.map(async ([diffId, descriptor]) => {
    try {
      return [diffId, await context.uploads.run(() => pushLayer({ ...context, signal }, diffId, descriptor))] as const;
    } catch (thrown) {
      stop.abort();
      throw thrown;
    }
  });
  const outcomes = await Promise.allSettled(pushes);
  context.signal.throwIfAborted();
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as Error] : []));
  if (failures.length > 0) throw failures.find(({ name }) => name !== 'AbortError') ?? failures[0];
  const descriptors = new Map(await Promise.all(pushes));
  return diffIds.flatMap((diffId) => descriptors.get(diffId) ?? []);
}

async function pushConfig(
  { store, client, reference, signal }: LayerPushContext,
  imageId: Digest,
  manifest: ImageManifest | undefined,
): Promise<Descriptor> {
  const bytes = await store.blobs.bytes(imageId);
  const { repository } = reference;
  if ((await client.headBlob(repository, imageId, signal)) === undefined) {
    await client.pushBlob(repository, onlyChunk(bytes), () => imageId, signal);
  }
  return manifest?.config ?? { mediaType: MEDIA_TYPES.dockerConfig, digest: imageId, size: bytes.byteLength };
}

async function* onlyChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
