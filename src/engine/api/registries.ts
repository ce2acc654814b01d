import { parseImageReference } from '../../core/index.ts';
import type { NodeApp } from '../../http/index.ts';
import type { Engine } from '../engine.ts';
import { parseFilters } from './filters.ts';
import { parseRegistryAuth } from './registry-auth.ts';
import { BadParameterError, jsonReply } from './reply.ts';
import { abortOnClose } from './request.ts';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 25;
const SEARCH_FILTERS = new Set(['is-automated', 'is-official', 'stars']);

/** What is asked of registries (Engine API v1.51, `DistributionInspect`, `ImageSearch`). */
export function routeRegistries(app: NodeApp, engine: Engine): void {
  app.get('/distribution/:name{.+}/json', async (c) => {
    const reference = parseImageReference(c.req.param('name'));
    const credentials = parseRegistryAuth(c.req.header('x-registry-auth'));
    const { descriptor, platforms } = await engine.inspectRemote(reference, { credentials, signal: abortOnClose(c) });
    const { mediaType, digest, size } = descriptor;
    return jsonReply({
      Descriptor: { mediaType, digest, size },
      Platforms: platforms.map(({ architecture, os, variant }) => ({ architecture, os, ...(variant && { variant }) })),
    });
  });
  app.get('/images/search', async (c) => {
    const term = c.req.query('term') ?? '';
    if (term === '') throw new BadParameterError('term is missing: there is nothing to search for');
    const filters = parseFilters(c.req.query('filters'), SEARCH_FILTERS);
    const limit = limitOf(c.req.query('limit'));
    const credentials = parseRegistryAuth(c.req.header('x-registry-auth'));
    const hits = await engine.search({ term, limit, credentials }, abortOnClose(c));
    const minStars = Math.max(0, ...(filters.get('stars') ?? []).map(starsOf));
    const official = filters.get('is-official')?.[0];
    const isAutomated = filters.get('is-automated')?.[0] === 'true'; // there are no automated builds any more
    const found = hits.filter(
      ({ stars, isOfficial }) =>
        !isAutomated && stars >= minStars && (official === undefined || (official === 'true') === isOfficial),
    );
    return jsonReply(
      found.map(({ name, description, stars, isOfficial }) => ({
        star_count: stars,
        is_official: isOfficial,
        name,
        is_automated: false,
        description,
      })),
    );
  });
}

function limitOf(text: string | undefined): number {
  if (text === undefined || text === '' || text === '0') return DEFAULT_LIMIT;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new BadParameterError(`limit ${text.slice(0, 20)} is outside the range of [1, ${MAX_LIMIT}]`);
}

function starsOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new BadParameterError(`invalid filter 'stars=[${text.slice(0, 40)}]'`);
}
