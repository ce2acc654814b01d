import type { Log } from '../../core/index.ts';
import type { NodeApp } from '../../http/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import type { Blobs } from '../blobs.ts';
import type { Manifests } from '../manifests.ts';
import type { Tags } from '../tags.ts';
import type { Uploads } from '../uploads.ts';
import { deleteBlob, getBlob } from './blob-routes.ts';
import { getCatalog, getReferrers, listTags } from './list-routes.ts';
import { deleteManifest, getManifest, putManifest } from './manifest-routes.ts';
import { emptyReply, textReply } from './reply.ts';
import { addRoute, answer, type Handler } from './route.ts';
import { cancelUpload, finishUpload, getUpload, patchUpload, startUpload } from './upload-routes.ts';

export interface RouteServices {
  readonly driver: StorageDriver;
  readonly blobs: Blobs;
  readonly manifests: Manifests;
  readonly tags: Tags;
  readonly uploads: Uploads;
  readonly log: Log;
  readonly deleteEnabled: boolean;
}

/** Every path of the API. A name holds slashes; the last `/manifests/`, `/blobs/` … of a path is the one that counts. */
export function addRegistryRoutes(app: NodeApp, services: RouteServices): void {
  const { driver, blobs, manifests, tags, uploads, log, deleteEnabled } = services;
  const upload = { POST: startUpload(uploads, blobs) };

  app.all('/v2/', (c) => answer(c, hello, log, '/v2/'));
  addRoute(app, log, '/v2/_catalog', { GET: getCatalog(driver) });
  addRoute(app, log, '/v2/:name{.+}/manifests/:reference', {
    GET: getManifest(manifests),
    PUT: putManifest(manifests),
    DELETE: deleteManifest(manifests, tags, deleteEnabled),
  });
  addRoute(app, log, '/v2/:name{.+}/blobs/uploads/', upload);
  addRoute(app, log, '/v2/:name{.+}/blobs/uploads', upload);
  addRoute(app, log, '/v2/:name{.+}/blobs/uploads/:upload', {
    GET: getUpload(uploads),
    PATCH: patchUpload(uploads),
    PUT: finishUpload(uploads),
    DELETE: cancelUpload(uploads),
  });
  addRoute(app, log, '/v2/:name{.+}/blobs/:digest', {
    GET: getBlob(blobs, log),
    DELETE: deleteBlob(blobs, deleteEnabled),
  });
  addRoute(app, log, '/v2/:name{.+}/tags/list', { GET: listTags(tags) });
  addRoute(app, log, '/v2/:name{.+}/referrers/:digest', { GET: getReferrers(driver, manifests) });
  app.all('/v2', (c) => answer(c, moved, log, '/v2'));
  app.all('/', (c) => answer(c, nothing, log, '/'));
  app.notFound((c) => answer(c, notFound, log, '*'));
}

/** `GET /v2/` (distribution-spec v1.1 end-1): this is a registry. */
const hello: Handler = () => ({
  status: 200,
  headers: { 'Content-Length': '2', 'Content-Type': 'application/json; charset=utf-8' },
  body: '{}',
});
const moved: Handler = () =>
  textReply(301, '<a href="/v2/">Moved Permanently</a>.\n\n', {
    'Content-Type': 'text/html; charset=utf-8',
    Location: '/v2/',
  });
const nothing: Handler = () => emptyReply(200, { 'Cache-Control': 'no-cache' });
const notFound: Handler = () => textReply(404, '404 page not found\n');
