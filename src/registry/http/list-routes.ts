import { MEDIA_TYPES, type RepositoryName, type Tag } from '../../core/index.ts';
import type { StorageDriver } from '../../storage/index.ts';
import { RegistryError } from '../errors.ts';
import type { Manifests } from '../manifests.ts';
import type { TagReader } from '../readers.ts';
import { listReferrers } from '../referrers.ts';
import type { RepositoryIndex } from '../repository-index.ts';
import { cutPage, parsePageRequest } from './pagination.ts';
import { jsonReply, type Reply } from './reply.ts';
import type { Handler } from './route.ts';

/** Entries of a catalog page when the client does not say, or says nothing usable. */
const DEFAULT_CATALOG_PAGE = 100;

/**
 * `GET /v2/<name>/tags/list` (distribution-spec v1.1 end-8a, 8b). NAME_UNKNOWN, PAGINATION_NUMBER_INVALID. A page has up to
 * `maxTags`, whatever is asked for.
 */
export function listTags(tags: TagReader, maxTags: number | undefined): Handler {
  return async (request) => {
    const name = request.repository();
    const { limit, last } = parsePageRequest(request.query('n'), request.query('last'));
    const wanted = { limit: maxTags === undefined ? limit : Math.min(limit ?? maxTags, maxTags), last };
    const all = await tags.list(name);
    if (wanted.limit === undefined && wanted.last === undefined) return wholeList(name, all);
    const page = cutPage(all, wanted, `${request.urls.prefix}/v2/${name}/tags/list`);
    return jsonReply(200, { name, tags: page.entries }, page.link);
  };
}

/** By list: one that is given again needs not be written again. */
const written = new WeakMap<readonly Tag[], Reply>();

function wholeList(name: RepositoryName, tags: readonly Tag[]): Reply {
  const known = written.get(tags);
  if (known) return known;
  const { body = '', ...rest } = jsonReply(200, { name, tags });
  const reply = { ...rest, body: Buffer.from(body) };
  written.set(tags, reply);
  return reply;
}

/**
 * `GET /v2/_catalog` (Docker Registry v2; the OCI specification has none). An `n` that is no number is passed over; one that
 * is larger than `maxEntries` is PAGINATION_NUMBER_INVALID, as in distribution.
 */
export function getCatalog(repositories: RepositoryIndex, maxEntries: number): Handler {
  return async (request) => {
    const n = request.query('n') ?? '';
    const limit = /^\d{1,15}$/.test(n) ? Number(n) : Math.min(DEFAULT_CATALOG_PAGE, maxEntries);
    if (limit > maxEntries) throw new RegistryError('PAGINATION_NUMBER_INVALID', { n: limit });
    const page = cutPage(
      await repositories.list(),
      { limit, last: request.query('last') },
      `${request.urls.prefix}/v2/_catalog`,
    );
    return jsonReply(200, { repositories: page.entries }, page.link);
  };
}

/** `GET /v2/<name>/referrers/<digest>` (distribution-spec v1.1 end-12a, 12b). An unknown subject has none. */
export function getReferrers(driver: StorageDriver, manifests: Manifests): Handler {
  return async (request) => {
    const name = request.repository();
    const all = await listReferrers(driver, manifests, name, request.digest());
    const wanted = request.query('artifactType');
    const index = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: wanted === undefined ? all : all.filter(({ artifactType }) => artifactType === wanted),
    };
    return jsonReply(200, index, {
      'Content-Type': MEDIA_TYPES.ociIndex,
      ...(wanted === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    });
  };
}
