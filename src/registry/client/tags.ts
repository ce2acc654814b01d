import { isJsonObject, isTag, type JsonValue, parseJson, type RepositoryName, type Tag } from '../../core/index.ts';
import { RegistryProtocolError } from './errors.ts';
import { readBounded, refusal } from './reply.ts';
import { pullScope } from './scope.ts';
import type { Session } from './session.ts';

const MAX_PAGE_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 10_000;
const NEXT_LINK = /<([^>]+)>\s*;\s*rel="?next"?/;

/** `GET /v2/<name>/tags/list`, page by page (distribution-spec v1.1 end-8a, end-8b). Names that are no tags are left out. */
export async function* listTags(session: Session, name: RepositoryName, signal?: AbortSignal): AsyncGenerator<Tag> {
  let target = `/v2/${name}/tags/list`;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const reply = await session.send({ method: 'GET', target, scope: pullScope(name), signal });
    if (reply.status !== 200) throw await refusal(reply);
    const body = parseJson(await readBounded(reply.body, MAX_PAGE_BYTES), { maxBytes: MAX_PAGE_BYTES });
    const tags: readonly JsonValue[] = isJsonObject(body) && Array.isArray(body.tags) ? body.tags : [];
    for (const tag of tags) if (typeof tag === 'string' && isTag(tag)) yield tag;
    const next = NEXT_LINK.exec(reply.headers.get('link') ?? '')?.[1];
    if (next === undefined) return;
    target = next;
  }
  throw new RegistryProtocolError(`tags of ${name} do not end after ${MAX_PAGES} pages`);
}
