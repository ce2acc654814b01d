import type { Digest, RepositoryName, Tag } from '../../core/index.ts';
import { type BlobDownload, getBlob, headBlob } from './blob.ts';
import { listRepositories, type SearchHit, searchIndex } from './catalog.ts';
import type { RegistryCredentials, RegistryEndpoint } from './endpoint.ts';
import { getManifest, headManifest, type ManifestHead, type OfferedManifest, putManifest } from './manifest.ts';
import { refusal } from './reply.ts';
import { pullScope, pushScope } from './scope.ts';
import { Session } from './session.ts';
import { listTags } from './tags.ts';
import { openTransport } from './transport.ts';
import { cancelUpload, finishUpload, type MountSource, startUpload } from './upload.ts';

/**
 * One registry, as one user (distribution-spec v1.1). Every call may throw a `RegistryClientError`, or the reason of
 * its `signal`. Nothing that comes back is verified: that is the caller's part, who knows what was asked for.
 */
export interface RegistryClient extends AsyncDisposable {
  readonly baseUrl: string;
  /** `GET /v2/` (end-1). Resolves also where the registry asks for a login; the first real request answers that. */
  ping(signal?: AbortSignal): Promise<void>;
  /** As `ping`, but logs in: throws unless the credentials are taken. */
  login(signal?: AbortSignal): Promise<void>;
  headManifest(name: RepositoryName, reference: Tag | Digest, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  getManifest(name: RepositoryName, reference: Tag | Digest, signal?: AbortSignal): Promise<OfferedManifest>;
  putManifest(
    name: RepositoryName,
    reference: Tag | Digest,
    it: OfferedManifest,
    signal?: AbortSignal,
  ): Promise<Digest>;
  /** Size in bytes of a blob that is there; asked with the right to push. */
  headBlob(name: RepositoryName, digest: Digest, signal?: AbortSignal): Promise<number | undefined>;
  /** The same, asked with the right to pull alone. */
  statBlob(name: RepositoryName, digest: Digest, signal?: AbortSignal): Promise<number | undefined>;
  getBlob(name: RepositoryName, digest: Digest, offset?: number, signal?: AbortSignal): Promise<BlobDownload>;
  /** True where the registry took the blob over from another of its repositories. */
  mountBlob(name: RepositoryName, source: MountSource, signal?: AbortSignal): Promise<boolean>;
  /**
   * Uploads a stream; its digest is asked for once it has ended. A failed upload is cancelled. A chunk of 16 KiB or more may be
   * used again when the next one is asked for.
   */
  pushBlob(
    name: RepositoryName,
    body: AsyncIterable<Uint8Array>,
    digest: () => Digest,
    signal?: AbortSignal,
  ): Promise<void>;
  listTags(name: RepositoryName, signal?: AbortSignal): AsyncIterable<Tag>;
  /** All repositories, of a registry that tells. */
  listRepositories(signal?: AbortSignal): AsyncIterable<string>;
  /** Asks an index; `undefined` where the registry is none. */
  search(term: string, limit: number, signal?: AbortSignal): Promise<SearchHit[] | undefined>;
}

export interface RegistryClientSettings extends RegistryEndpoint {
  readonly credentials?: RegistryCredentials | undefined;
  readonly userAgent: string;
}

/** Opens no connection until something is asked. */
export async function openRegistryClient(settings: RegistryClientSettings): Promise<RegistryClient> {
  const transport = await openTransport(settings);
  const session = new Session(transport, settings, settings.credentials, settings.userAgent);
  const base = new URL(settings.baseUrl);
  return {
    baseUrl: settings.baseUrl,
    async ping(signal) {
      const reply = await transport.send({
        method: 'GET',
        url: new URL('/v2/', base),
        headers: { 'user-agent': settings.userAgent },
        signal,
      });
      if (reply.status !== 200 && reply.status !== 401) throw await refusal(reply);
      await reply.dump();
    },
    async login(signal) {
      const reply = await session.send({ method: 'GET', target: '/v2/', scope: '', signal });
      if (reply.status !== 200) throw await refusal(reply);
      await reply.dump();
    },
    headManifest: (name, reference, signal) => headManifest(session, name, reference, signal),
    getManifest: (name, reference, signal) => getManifest(session, name, reference, signal),
    putManifest: (name, reference, it, signal) => putManifest(session, name, reference, it, signal),
    headBlob: (name, digest, signal) => headBlob(session, name, digest, pushScope(name), signal),
    statBlob: (name, digest, signal) => headBlob(session, name, digest, pullScope(name), signal),
    getBlob: (name, digest, offset = 0, signal) => getBlob(session, name, digest, offset, signal),
    async mountBlob(name, source, signal) {
      const start = await startUpload(session, base, name, source, signal);
      if (start.kind === 'open') await cancelUpload(session, name, start.location);
      return start.kind === 'mounted';
    },
    async pushBlob(name, body, digest, signal) {
      const start = await startUpload(session, base, name, undefined, signal);
      if (start.kind !== 'open') return;
      const chunks = body[Symbol.asyncIterator]();
      try {
        await finishUpload(session, name, start.location, { [Symbol.asyncIterator]: () => chunks }, digest, signal);
      } catch (thrown) {
        await chunks.return?.(); // whoever makes them may be at work on one
        await cancelUpload(session, name, start.location).catch(() => undefined);
        throw thrown;
      }
    },
    listTags: (name, signal) => listTags(session, name, signal),
    listRepositories: (signal) => listRepositories(session, signal),
    search: (term, limit, signal) => searchIndex(session, term, limit, signal),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
