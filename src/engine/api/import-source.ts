import type { IncomingMessage } from 'node:http';
import { TrustSandboxError } from '../../core/index.ts';
import { openProxyAgent } from '../../registry/client/index.ts';
import { findProxy, type ProxySettings } from '../registries/proxies.ts';
import { BadParameterError } from './reply.ts';

/** What is to be imported can't be had from where it is said to be. */
export class ImportSourceError extends TrustSandboxError {
  readonly code = 'ENGINE_IMPORT_SOURCE';
}

const MAX_HOPS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The file system an import is of: the request's body for `-`, else what a URL gives, which may lack its scheme. It is
 * asked by a proxy where pulls are.
 * @throws {BadParameterError | ImportSourceError}
 */
export async function importSource(
  source: string,
  body: IncomingMessage,
  proxies: ProxySettings | undefined,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  if (source === '-') return body;
  const text = /^https?:\/\//.test(source) ? source : `http://${source}`;
  if (!URL.canParse(text)) throw new BadParameterError(`invalid URL: ${source.slice(0, 200)}`);
  let url = new URL(text);
  for (let hop = 0; hop < MAX_HOPS; hop += 1) {
    const answer = await ask(url, proxies, signal);
    if ('body' in answer) return answer.body;
    url = answer.location;
  }
  throw new ImportSourceError(`failed to download ${text}: stopped after ${MAX_HOPS} redirects`);
}

type Answer = { readonly body: AsyncIterable<Uint8Array> } | { readonly location: URL };

/** One request by a connection of its own, which ends with the body. */
async function ask(url: URL, proxies: ProxySettings | undefined, signal: AbortSignal): Promise<Answer> {
  const { default: undici } = await import('undici');
  const proxy = proxies && findProxy(proxies, url.href);
  const agent = proxy ? openProxyAgent(undici, proxy, { isTunnelled: url.protocol === 'https:' }) : new undici.Agent();
  try {
    const reply = await undici.request(url, { dispatcher: agent, method: 'GET', signal });
    if (reply.statusCode === 200) return { body: readThenEnd(reply.body, agent) };
    const location = [reply.headers.location].flat()[0];
    await agent.destroy();
    if (REDIRECTS.has(reply.statusCode) && location && URL.canParse(location, url.href)) {
      const next = new URL(location, url);
      if (/^https?:$/.test(next.protocol)) return { location: next };
    }
    throw new ImportSourceError(`failed to download ${url.href}: got HTTP status code ${reply.statusCode}`);
  } catch (cause) {
    await agent.destroy();
    signal.throwIfAborted();
    if (cause instanceof ImportSourceError) throw cause;
    throw new ImportSourceError(`failed to download ${url.href}: ${reasonOf(cause)}`, { cause });
  }
}

async function* readThenEnd(
  body: AsyncIterable<Uint8Array>,
  agent: { destroy(): Promise<void> },
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    await agent.destroy();
  }
}

/** The first of the addresses that could not be reached says why, where all could not. */
function reasonOf(thrown: unknown): string {
  const [first] = (thrown as Partial<AggregateError>).errors ?? [];
  return first instanceof Error ? first.message : (thrown as Error).message;
}
