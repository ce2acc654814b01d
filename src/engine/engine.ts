import {
  type Clock,
  formatReference,
  fullName,
  type ImageReference,
  type Log,
  parseImageReference,
  silentLog,
  systemClock,
  TrustSandboxError,
  withDefaultTag,
} from '../core/index.ts';
import type { RegistryCredentials, SearchHit } from '../registry/client/index.ts';
import { inspectRemote, type RemoteImage } from './distribution.ts';
import { BegunDownloads } from './download.ts';
import { EventLog } from './event-log.ts';
import { openImageEvents } from './image-events.ts';
import { type ImportRequest, importImage } from './import.ts';
import { type HistoryLine, type ImageDetails, imageHistory, inspectImage, verifyPlatform } from './inspect.ts';
import type { LayerContent } from './layer-archive.ts';
import { loadImages } from './load.ts';
import { getImage } from './lookup.ts';
import { Operations } from './operations.ts';
import { hostPlatform, type Platform } from './platform.ts';
import type { ProgressEvent } from './progress-event.ts';
import { type Pruned, type PruneRequest, pruneImages, sizeOfLayers } from './prune.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import {
  defaultEndpoints,
  forWriting,
  type RegistryAccess,
  type ResolveRegistry,
  withRegistry,
} from './registry-access.ts';
import { type ImageUser, type Removal, removeImage } from './remove.ts';
import { dockerRetrySchedule, type RetrySchedule } from './retry.ts';
import { openSave } from './save.ts';
import { type SearchRequest, searchRepositories } from './search.ts';
import { SharedWork } from './shared-work.ts';
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

export interface ImportOptions extends Omit<ImportRequest, 'platform'> {
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PushOptions {
  readonly credentials?: RegistryCredentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AccessOptions {
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
  /** Makes an image of a file system; its id is the only event. */
  import(options: ImportOptions): AsyncGenerator<ProgressEvent>;
  prune(request: PruneRequest): Promise<Pruned>;
  /** What a registry has under a name; nothing is pulled. */
  inspectRemote(reference: ImageReference, options?: AccessOptions): Promise<RemoteImage>;
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchHit[]>;
  /** What all layers unpack to, each counted once, in bytes. */
  sizeOfLayers(): number;
  /** What happened to images; containers' events are added by whoever hosts them. */
  readonly events: EventLog;
  tag(source: string, target: string): Promise<void>;
  /** `users` are the containers there are. @throws {ImageNotFoundError | RemovalConflictError} */
  remove(name: string, force: boolean, users?: readonly ImageUser[]): Promise<Removal[]>;
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
  const begun = new BegunDownloads();
  const shared = { downloads: new SharedWork<void>(), begun, readings: new SharedWork<LayerContent>() };
  const pulls = { store, access, retry, log, now, shared, downloads: new Slots(CONCURRENT_DOWNLOADS) };
  const pushes = { store, access, retry, now, uploads: new Slots(CONCURRENT_UPLOADS) };
  const operations = new Operations();
  const events = new EventLog(clock);
  const tell = openImageEvents(store, events.publish);
  return {
    platform,
    events,
    pull: (reference, { platform: wanted = platform, credentials, signal } = {}) =>
      operations.run(async (emit, either) => {
        await pullImage(pulls, { reference, platform: wanted, credentials }, emit, either);
        await tell.named('pull', reference);
      }, signal),
    push: (reference, { credentials, signal } = {}) =>
      operations.run(async (emit, either) => {
        await pushImage(pushes, reference, credentials, emit, either);
        await tell.named('push', reference);
      }, signal),
    load: (archive, { platform: wanted = platform, signal } = {}) =>
      operations.run(async (emit, either) => {
        for (const id of await loadImages({ store, platform: wanted, emit, signal: either, now }, archive)) {
          await tell.ofImage('load', id);
        }
      }, signal),
    async save(names) {
      const archive = await openSave(store, names);
      for (const name of names) await tell.ofImage('save', getImage(store, name).id);
      return archive;
    },
    import: ({ platform: wanted = platform, signal, ...request }) =>
      operations.run(async (emit, either) => {
        await tell.ofImage('import', await importImage(store, { ...request, platform: wanted }, emit, either, now));
      }, signal),
    async tag(source, target) {
      const { domain, repository, tag, digest } = withDefaultTag(parseImageReference(target));
      if (digest || !tag) throw new TagRefusedError('refusing to create a tag with a digest reference');
      const { id } = getImage(store, source);
      const reference: ImageReference = { domain, repository, tag };
      log.info('image tagged', { id, reference: `${fullName(reference)}:${tag}` });
      await store.name(id, [reference], now());
      await tell.ofImage('tag', id, formatReference(reference));
    },
    remove: (name, force, users) => tell.removal(name, () => removeImage(store, name, force, users)),
    prune: (request) =>
      pruneImages(store, request, now(), (name) => tell.removal(name, () => removeImage(store, name, true))),
    inspectRemote: (reference, { credentials, signal = new AbortController().signal } = {}) =>
      inspectRemote(access, reference, credentials, signal),
    search: (request, signal = new AbortController().signal) => searchRepositories(access, request, signal),
    sizeOfLayers: () => sizeOfLayers(store),
    list: (filters = new Map()) => listImages(store, filters, now()),
    inspect: (name) => inspectImage(store, name),
    history: (name) => imageHistory(store, name),
    verifyPlatform: (name, wanted) => verifyPlatform(store, name, wanted),
    login: (domain, credentials, signal = new AbortController().signal) =>
      withRegistry(forWriting(access), domain, credentials, signal, async (client, settle) => {
        settle();
        await client.login(signal);
      }),
    async [Symbol.asyncDispose]() {
      await operations[Symbol.asyncDispose]();
      await begun[Symbol.asyncDispose]();
    },
  };
}
