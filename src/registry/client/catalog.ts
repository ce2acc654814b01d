import { isJsonObject, type JsonValue, parseJson } from '../../core/index.ts';
import { RegistryProtocolError } from './errors.ts';
import { readBounded, refusal } from './reply.ts';
import type { Session } from './session.ts';

const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 1000;
const PAGE_SIZE = 1000;
const NEXT_LINK = /<([^>]+)>\s*;\s*rel="?next"?/;
const SCOPE = 'registry:catalog:*';

/** `GET /v2/_catalog`, page by page (CNCF distribution's API, "Listing Repositories"; not in distribution-spec). */
export async function* listRepositories(session: Session, signal?: AbortSignal): AsyncGenerator<string> {
  let target = `/v2/_catalog?n=${PAGE_SIZE}`;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await session.send({ method: 'GET', target, scope: SCOPE, signal });
    if (reply.status !== 200) throw await refusal(reply);
    const body = parseJson(await readBounded(reply.body, MAX_PAGE_BYTES), { maxBytes: MAX_PAGE_BYTES });
    const names: readonly JsonValue[] = isJsonObject(body) && Array.isArray(body.repositories) ? body.repositories : [];
    for (const name of names) if (typeof name === 'string') yield name;
    const next = NEXT_LINK.exec(reply.headers.get('link') ?? '')?.[1];
    if (next === undefined) return;
    target = next;
  }
  throw new RegistryProtocolError(`repositories do not end after ${MAX_PAGES} pages`);
}

/** A repository that an index found. */
export interface SearchHit {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
}

const MAX_HITS_BYTES = 1024 * 1024;

/** `GET /v1/search`, as Docker Hub and other indexes have it; `undefined` where there is no such thing. */
export async function searchIndex(
  session: Session,
  term: string,
  limit: number,
  signal?: AbortSignal,
): Promise<SearchHit[] | undefined> {
  const target = `/v1/search?${new URLSearchParams({ q: term, n: String(limit) })}`;
  const reply = await session.send({ method: 'GET', target, scope: '', signal });
  const isFound = reply.status === 200 && /\bjson\b/.test(reply.headers.get('content-type') ?? '');
  if (!isFound) {
    await reply.dump();
    return undefined;
  }
  const body = parseJson(await readBounded(reply.body, MAX_HITS_BYTES), { maxBytes: MAX_HITS_BYTES });
  const results: readonly JsonValue[] = isJsonObject(body) && Array.isArray(body.results) ? body.results : [];
  return results.filter(isJsonObject).flatMap(({ name, description, star_count: stars, is_official: official }) => {
    if (typeof name !== 'string') return [];
    return {
      name,
      description: typeof description === 'string' ? description : '',
      stars: typeof stars === 'number' ? stars : 0,
      isOfficial: official === true,
    };
  });
}
