import { DEFAULT_DOMAIN, TrustSandboxError } from '../core/index.ts';
import type { RegistryClient, RegistryCredentials, SearchHit } from '../registry/client/index.ts';
import { DOCKER_HUB, type EngineEndpoint, type RegistryAccess, withRegistry } from './registry-access.ts';

/** What to look for: `term` may begin with a registry's name, `registry:5000/web`. */
export interface SearchRequest {
  readonly term: string;
  /** 1 to 100. */
  readonly limit: number;
  readonly credentials: RegistryCredentials | undefined;
}

/** A search that can't be made. */
export class SearchRefusedError extends TrustSandboxError {
  readonly code = 'ENGINE_SEARCH_REFUSED';
}

/** Docker Hub answers searches under another name than pulls (moby v28, `registry/search.go`). */
const DOCKER_HUB_INDEX = 'https://index.docker.io';

/**
 * Looks for repositories: by the index of a registry that has one (`/v1/search`, Docker Hub's), else in its list of
 * repositories, so that a plain registry can be searched too, which docker can't. What stands in for a registry is asked first, and the
 * registry itself where that has nothing of the kind.
 * @throws {SearchRefusedError | RegistryClientError}
 */
export async function searchRepositories(
  access: RegistryAccess,
  { term, limit, credentials }: SearchRequest,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  const { domain, rest } = splitTerm(term);
  const endpoints = access.resolve(domain).map(searchable);
  const ask = (some: readonly EngineEndpoint[]): Promise<SearchHit[]> =>
    withRegistry({ ...access, resolve: () => some }, domain, credentials, signal, async (client, settle) => {
      settle();
      return (await client.search(rest, limit, signal)) ?? (await searchCatalog(client, rest, limit, signal));
    });
  const named = (hits: readonly SearchHit[]): SearchHit[] => {
    const prefix = domain === DEFAULT_DOMAIN ? '' : `${domain}/`;
    return hits.slice(0, limit).map((hit) => ({ ...hit, name: prefix + hit.name }));
  };
  for (const endpoint of endpoints.filter(({ pullOnly }) => pullOnly)) {
    const hits = await ask([endpoint]).catch(() => []); // the registry itself may know
    signal.throwIfAborted();
    if (hits.length > 0) return named(hits);
  }
  return named(await ask(endpoints.filter(({ pullOnly }) => !pullOnly)));
}

function searchable(endpoint: EngineEndpoint): EngineEndpoint {
  return endpoint.baseUrl === DOCKER_HUB ? { ...endpoint, baseUrl: DOCKER_HUB_INDEX } : endpoint;
}

function splitTerm(term: string): { domain: string; rest: string } {
  if (term.includes('://')) throw new SearchRefusedError('invalid repository name: it has a scheme');
  const [first = '', ...rest] = term.split('/');
  const isDomain = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (!isDomain || first === 'index.docker.io')
    return { domain: DEFAULT_DOMAIN, rest: isDomain ? rest.join('/') : term };
  return { domain: first, rest: rest.join('/') };
}

async function searchCatalog(
  client: RegistryClient,
  term: string,
  limit: number,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  for await (const name of client.listRepositories(signal)) {
    if (!name.includes(term.toLowerCase())) continue;
    hits.push({ name: name.replace(/^library\//, ''), description: '', stars: 0, isOfficial: false });
    if (hits.length >= limit) break;
  }
  return hits;
}
