import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerDirectly, type NodeApp } from '../../http/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import type { Blobs } from '../blobs.ts';
import type { Manifests } from '../manifests.ts';
import type { BlobReader, ManifestReader, TagReader } from '../readers.ts';
import type { RepositoryIndex } from '../repository-index.ts';
import type { Uploads } from '../uploads.ts';
import type { UrlRules } from '../url-rules.ts';
import { deleteBlob, getBlob } from './blob-routes.ts';
import { getCatalog, getReferrers, listTags } from './list-routes.ts';
import { deleteManifest, getManifest, putManifest } from './manifest-routes.ts';
import type { PageLimits } from './pagination.ts';
import { emptyReply, textReply } from './reply.ts';
import type { PathParams } from './request.ts';
import { defineRoute, type Route, type RouteSurroundings, serveHot, serveRoute } from './route.ts';
import { cancelUpload, finishUpload, getUpload, patchUpload, startUpload } from './upload-routes.ts';

export interface RouteServices extends RouteSurroundings {
  readonly driver: StorageDriver;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  /** Where what is read comes from: the storage, or through it another registry. */
  readonly readers: { readonly manifests: ManifestReader; readonly blobs: BlobReader; readonly tags: TagReader };
  readonly repositories: RepositoryIndex;
  readonly uploads: Uploads;
  readonly deleteEnabled: boolean;
  readonly anonymousMount: boolean;
  readonly limits: PageLimits;
  readonly urlRules: UrlRules | undefined;
}

/**
 * Every path with a repository in it. A name holds slashes, so the last `/manifests/`, `/blobs/` … of a path is the one
 * that counts. One expression instead of a router: a fifth of the time of a GET that is answered from the cache.
 */
const REPOSITORY_PATH =
  /^\/v2\/(.+)\/(?:(manifests)\/([^/]+)|(blobs\/uploads)(?:\/([^/]*))?|(blobs)\/([^/]+)|(tags\/list)|(referrers)\/([^/]+))$/;

const NO_PARAMS: PathParams = { name: '', reference: '' };

/** Puts the whole API on `app`. */
export function addRegistryRoutes(app: NodeApp, services: RouteServices): void {
  const routes = repositoryRoutes(services);
  const others = otherRoutes(services);
  const find = (path: string): [Route | undefined, PathParams] => {
    const match = REPOSITORY_PATH.exec(path);
    if (!match) return [others.get(path), NO_PARAMS];
    const [, name = '', manifests, manifest, uploads, upload, blobs, blob, tags, referrers, subject] = match;
    const kind = manifests ?? (upload ? 'upload' : uploads) ?? blobs ?? tags ?? referrers ?? '';
    return [routes.get(kind), { name, reference: manifest ?? upload ?? blob ?? subject ?? '' }];
  };
  const answer = async (path: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [route = NOT_FOUND, params] = find(path);
    await serveRoute(route, params, incoming, outgoing, services);
  };
  app.all('*', async (c) => {
    await answer(c.req.path, c.env.incoming, c.env.outgoing as ServerResponse);
    return (await import('@hono/node-server/utils/response')).RESPONSE_ALREADY_SENT;
  });
  answerDirectly(app, (incoming, outgoing) => {
    if (serveHot(incoming, outgoing, services)) return true;
    const { url = '' } = incoming;
    if (!url.startsWith('/')) return false; // a whole URL, as proxies are asked
    void answer(pathOf(url), incoming, outgoing);
    return true;
  });
}

/** A URL's path as it was sent, without its query. */
function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function repositoryRoutes(services: RouteServices): ReadonlyMap<string, Route> {
  const { driver, blobs, manifests, readers, uploads, log, deleteEnabled, anonymousMount, limits, urlRules } = services;
  return new Map([
    [
      'manifests',
      defineRoute('/v2/<name>/manifests/<reference>', {
        GET: getManifest(readers.manifests),
        PUT: putManifest(manifests, urlRules),
        DELETE: deleteManifest(manifests, deleteEnabled),
      }),
    ],
    ['blobs/uploads', defineRoute('/v2/<name>/blobs/uploads/', { POST: startUpload(uploads, blobs, anonymousMount) })],
    [
      'upload',
      defineRoute('/v2/<name>/blobs/uploads/<upload>', {
        GET: getUpload(uploads),
        PATCH: patchUpload(uploads),
        PUT: finishUpload(uploads),
        DELETE: cancelUpload(uploads),
      }),
    ],
    [
      'blobs',
      defineRoute('/v2/<name>/blobs/<digest>', {
        GET: getBlob(readers.blobs, log),
        DELETE: deleteBlob(blobs, deleteEnabled),
      }),
    ],
    ['tags/list', defineRoute('/v2/<name>/tags/list', { GET: listTags(readers.tags, limits.tags) })],
    ['referrers', defineRoute('/v2/<name>/referrers/<digest>', { GET: getReferrers(driver, manifests) })],
  ]);
}

function otherRoutes({ repositories, limits }: RouteServices): ReadonlyMap<string, Route> {
  return new Map([
    ['/v2/', HELLO],
    ['/v2', MOVED],
    ['/', NOTHING],
    ['/v2/_catalog', defineRoute('/v2/_catalog', { GET: getCatalog(repositories, limits.catalog) })],
  ]);
}

/** `GET /v2/` (distribution-spec v1.1 end-1): this is a registry. */
const HELLO = defineRoute('/v2/', {
  '*': () => ({
    status: 200,
    headers: { 'Content-Length': '2', 'Content-Type': 'application/json; charset=utf-8' },
    body: '{}',
  }),
});
const MOVED = defineRoute('/v2', {
  '*': () =>
    textReply(301, '<a href="/v2/">Moved Permanently</a>.\n\n', {
      'Content-Type': 'text/html; charset=utf-8',
      Location: '/v2/',
    }),
});
const NOTHING = defineRoute('/', { '*': () => emptyReply(200, { 'Cache-Control': 'no-cache' }) });
const NOT_FOUND = defineRoute('*', { '*': () => textReply(404, '404 page not found\n') });
