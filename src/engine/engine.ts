import {
  type Clock,
  fullName,
  type ImageReference,
  type Log,
  parseImageReference,
  silentLog,
  systemClock,
  TrustSandboxError,
  withDefaultTag,
} from '../core/index.ts';
import type { RegistryCredentials } from '../registry/client/index.ts';
import { type HistoryLine, type ImageDetails, imageHistory, inspectImage, verifyPlatform } from './inspect.ts';
import { loadImages } from './load.ts';
import { getImage } from './lookup.ts';
import { Operations } from './operations.ts';
import { hostPlatform, type Platform } from './platform.ts';
import type { ProgressEvent } from './progress-event.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import {
  defaultEndpoints,
  forWriting,
  type RegistryAccess,
  type ResolveRegistry,
  withRegistry,
} from './registry-access.ts';
import { type Removal, removeImage } from './remove.ts';
import { dockerRetrySchedule, type RetrySchedule } from './retry.ts';
import { openSave } from './save.ts';
import { Slots } from './slots.ts';
import { ImageStore } from './store/image-store.ts';
import { type ImageFilters, type ImageSummary, listImages } from './summary.ts';

export interface EngineSettings {
  /** Folder of the image store; made where it is missing. */
  readonly root: string;
  readonly resolveRegistry?: ResolveRegistry;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly retry?: RetrySchedule;
  readonly platform?: Platform;
  /** What registries are told we are. */
  readonly userAgent?: string;
}

export interface PullOptions {
  readonly platform?: Platform | undefined;
  readonly credentials?: RegistryCredentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadOptions {
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushOptions {
  readonly credentials?: RegistryCredentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A name that an image can't be given. */
export class TagRefusedError extends TrustSandboxError {
  readonly code = 'ENGINE_TAG_REFUSED';
}

/**
 * Images on this machine, and their ways in and out. Streams are docker's events, in docker's order and words.
 * Disposing stops what is under way and waits until it has cleaned up.
 */
export interface Engine extends AsyncDisposable {
  readonly platform: Platform;
  /** All tags where the reference has neither tag nor digest. */
  pull(reference: ImageReference, options?: PullOptions): AsyncGenerator<ProgressEvent>;
  /** All tags where the reference has none. */
  push(reference: ImageReference, options?: PushOptions): AsyncGenerator<ProgressEvent>;
  /** Of an archive with several platforms, the image for `platform`, or this machine's. */
  load(archive: AsyncIterable<Uint8Array>, options?: LoadOptions): AsyncGenerator<ProgressEvent>;
  save(names: readonly string[]): Promise<AsyncIterable<Uint8Array>>;
  tag(source: string, target: string): Promise<void>;
  remove(name: string, force: boolean): Promise<Removal[]>;
  list(filters?: ImageFilters): Promise<ImageSummary[]>;
  inspect(name: string): Promise<ImageDetails>;
  history(name: string): Promise<HistoryLine[]>;
  /** @throws {ImageNotFoundError} the image is not here, or not for this platform */
  verifyPlatform(name: string, platform: Platform): Promise<void>;
  /** Tries credentials with a registry. @throws {RegistryClientError} it does not take them */
  login(domain: string, credentials: RegistryCredentials, signal?: AbortSignal): Promise<void>;
}

const CONCURRENT_DOWNLOADS = 3;
const CONCURRENT_UPLOADS = 5;
const DEFAULT_USER_AGENT = 'trustsandbox';

/** Opens the store; a few milliseconds, whatever it holds. */
export async function openEngine(settings: EngineSettings): Promise<Engine> {
  const {
    root,
    clock = systemClock,
    log = silentLog,
    retry = dockerRetrySchedule,
    platform = hostPlatform(),
    resolveRegistry = defaultEndpoints,
    userAgent = DEFAULT_USER_AGENT,
  } = settings;
  const store = await ImageStore.open(root);
  const access: RegistryAccess = { resolve: (domain) => resolveRegistry(domain), userAgent, log };
  const now = (): Date => clock.now();
  const pulls = { store, access, retry, log, now, downloads: new Slots(CONCURRENT_DOWNLOADS) };
  const pushes = { store, access, retry, now, uploads: new Slots(CONCURRENT_UPLOADS) };
  const operations = new Operations();
  return {
    platform,
    pull: (reference, { platform: wanted = platform, credentials, signal } = {}) =>
      operations.run(
        (emit, either) => pullImage(pulls, { reference, platform: wanted, credentials }, emit, either),
        signal,
      ),
    push: (reference, { credentials, signal } = {}) =>
      operations.run((emit, either) => pushImage(pushes, reference, credentials, emit, either), signal),
    load: (archive, { platform: wanted = platform, signal } = {}) =>
      operations.run(
        (emit, either) => loadImages({ store, platform: wanted, emit, signal: either, now }, archive),
        signal,
      ),
    save: (names) => openSave(store, names),
    async tag(source, target) {
      const { domain, repository, tag, digest } = withDefaultTag(parseImageReference(target));
      if (digest || !tag) throw new TagRefusedError('refusing to create a tag with a digest reference');
      const { id } = getImage(store, source);
      const reference: ImageReference = { domain, repository, tag };
      log.info('image tagged', { id, reference: `${fullName(reference)}:${tag}` });
      await store.name(id, [reference], now());
    },
    remove: (name, force) => removeImage(store, name, force),
    list: (filters = new Map()) => listImages(store, filters),
    inspect: (name) => inspectImage(store, name),
    history: (name) => imageHistory(store, name),
    verifyPlatform: (name, wanted) => verifyPlatform(store, name, wanted),
    login: (domain, credentials, signal = new AbortController().signal) =>
      withRegistry(forWriting(access), domain, credentials, signal, async (client, settle) => {
        settle();
        await client.login(signal);
      }),
    [Symbol.asyncDispose]: () => operations[Symbol.asyncDispose](),
  };
}
