import { randomUUID } from 'node:crypto';
import { type Clock, type Log, silentLog, systemClock } from '../core/index.ts';
import { type AccessController, createApp, type Health, type NodeApp, type ObserveRequest } from '../http/index.ts';
import type { StorageDriver } from '../storage/index.ts';
import { Blobs, type StoredBlob } from './blobs.ts';
import { Claims } from './gc/claims.ts';
import { type Pace, realPace } from './gc/sweep-notices.ts';
import { HotAnswers } from './http/hot-answers.ts';
import { DEFAULT_URLS, type UrlPolicy } from './http/location.ts';
import { DEFAULT_LIMITS, type PageLimits } from './http/pagination.ts';
import { addRegistryRoutes } from './http/routes.ts';
import { blobDataKey } from './layout.ts';
import { Links } from './links.ts';
import { Manifests } from './manifests.ts';
import type { RegistryEvent } from './notifications/event.ts';
import { PromisedSizes } from './promised-sizes.ts';
import { ProxiedBlobs } from './proxy/proxied-blobs.ts';
import { ProxiedManifests } from './proxy/proxied-manifests.ts';
import type { Upstream } from './proxy/upstream.ts';
import { type PurgedUpload, purgeUploads } from './purge-uploads.ts';
import type { BlobReader } from './readers.ts';
import { RepositoryIndex } from './repository-index.ts';
import { Tags } from './tags.ts';
import { parseUploadId } from './upload-id.ts';
import { Uploads } from './uploads.ts';
import type { UrlRules } from './url-rules.ts';

export interface RegistryOptions {
  /** Where the tree is; several registries may work on one. */
  readonly driver: StorageDriver;
  readonly clock?: Clock;
  readonly log?: Log;
  /** May blobs, manifests and tags be deleted over HTTP? No, as in the registry this one stands in for. */
  readonly deleteEnabled?: boolean;
  /** Whom it serves; everybody without one. */
  readonly access?: AccessController | undefined;
  /**
   * Another registry, of which this one is a pull-through cache: what is not kept here is asked of it. Takes no writes
   * then. `Upstream` is the caller's to dispose of.
   */
  readonly upstream?: Upstream | undefined;
  /** While it reports something, every request is answered 503. */
  readonly health?: Pick<Health, 'report'> | undefined;
  /** Takes no writes, for a time of maintenance. */
  readonly isReadOnly?: boolean;
  /** Are clients sent to the storage for blobs, where it can be asked by those who have a URL of it (S3)? No unless told. */
  readonly mayRedirect?: boolean;
  /** Most entries of one answer: 1000 repositories, and all tags, unless told otherwise. */
  readonly limits?: PageLimits;
  /** Which URLs manifests may name; any, unless told otherwise. */
  readonly urlRules?: UrlRules | undefined;
  /** How the URLs in its answers are formed; by what each client asked for when left out. */
  readonly urls?: UrlPolicy;
  /**
   * May a blob be mounted by its digest alone, from whichever repository has it? Yes where everybody is served; with an
   * access controller no, since knowing a digest is not enough then.
   */
  readonly anonymousMount?: boolean;
  /** Is told of every push, pull, mount and deletion, once it was answered; `openNotifier` has one for webhooks. */
  readonly listen?: ((event: RegistryEvent) => void) | undefined;
  /** Is told of every request, once it was answered; `openRequestMetrics` has one for Prometheus. */
  readonly observe?: ObserveRequest | undefined;
  /** Names of uploads; random UUIDs unless a test wants its own. */
  readonly newUuid?: () => string;
  /** For those who wait until a collector is done; real time unless a test has its own. */
  readonly pace?: Pace;
}

/** A registry: its app, to be put on a socket by `listen`, and its stores, for filling it without one. */
export interface Registry {
  readonly app: NodeApp;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  readonly tags: Tags;
  /** Gives up uploads begun before that time and not written to since. For a timer of the program that serves. */
  purgeUploads(before: Date, options?: { readonly isDryRun?: boolean }): Promise<PurgedUpload[]>;
}

/** OCI Distribution Specification v1.1 and Docker Registry HTTP API v2 over a storage driver, in distribution's tree. */
export function createRegistry(options: RegistryOptions): Registry {
  const {
    driver,
    clock = systemClock,
    log = silentLog,
    deleteEnabled = false,
    anonymousMount = options.access === undefined,
    newUuid = randomUUID,
  } = options;
  const links = new Links(driver, log);
  const sizes = new PromisedSizes(driver);
  const isReadOnly = (options.isReadOnly ?? false) || options.upstream !== undefined;
  const claims = new Claims(driver, clock, options.pace ?? realPace, { mayWrite: !isReadOnly });
  const blobs = new Blobs(driver, links, sizes, claims);
  const tags = new Tags(driver, links, claims);
  const manifests = new Manifests(driver, links, blobs, tags, claims);
  const uploads = new Uploads({ driver, blobs, sizes, clock, newUploadId: () => parseUploadId(newUuid()) });
  const app = createApp();
  const { access, upstream, urls = DEFAULT_URLS } = options;
  const readers = upstream
    ? proxyReaders({ upstream, manifests, tags, blobs, driver, links, log })
    : { manifests, blobs: options.mayRedirect ? redirecting(blobs, driver) : blobs, tags };
  const { health } = options;
  const isOpen = access === undefined && health === undefined && !isReadOnly;
  const gate = { access, isReadOnly, urls, health, isOpen };
  addRegistryRoutes(app, {
    driver,
    blobs,
    manifests,
    readers,
    repositories: new RepositoryIndex(driver, () => links.writes),
    uploads,
    log,
    deleteEnabled,
    anonymousMount,
    gate,
    limits: options.limits ?? DEFAULT_LIMITS,
    urlRules: options.urlRules,
    listen: options.listen,
    observe: options.observe,
    hot: upstream ? undefined : HotAnswers.over(driver), // a cache asks upstream first
  });
  return { app, blobs, manifests, tags, purgeUploads: (before, purging) => purgeUploads(driver, before, purging) };
}

/** The same blobs, which the storage gives to clients itself, if it can. */
function redirecting(blobs: BlobReader, driver: StorageDriver): BlobReader {
  const redirect = driver.redirect?.bind(driver);
  return {
    get: (name, digest) => blobs.get(name, digest),
    read: (blob, range) => blobs.read(blob, range),
    ...(blobs.send && { send: blobs.send.bind(blobs) }),
    ...(blobs.expectUse && { expectUse: blobs.expectUse.bind(blobs) }),
    ...(redirect && { redirect: ({ target }: StoredBlob) => redirect(blobDataKey(target)) }),
  };
}

/** Where a pull-through cache reads from. */
function proxyReaders(parts: ConstructorParameters<typeof ProxiedManifests>[0] & { readonly blobs: Blobs }) {
  const manifests = new ProxiedManifests(parts);
  return { manifests, tags: manifests, blobs: new ProxiedBlobs(parts) };
}
