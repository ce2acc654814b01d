import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StorageDriver } from '../../storage/index.ts';
import type { Source } from '../stat-cache.ts';
import { COMMON_HEADERS, type Reply } from './reply.ts';
import type { PathParams } from './request.ts';

/** Answers kept. Their bodies are those of the manifests kept anyway. */
const MAX_ANSWERS = 10_000;

/** An answer to GET or HEAD of one URL, ready to be written. */
export interface HotAnswer {
  readonly reply: Reply;
  /** Of its route, for the log. */
  readonly pattern: string;
  readonly params: PathParams;
  /** Names and values in turn, as Node takes them without looking at them again. */
  readonly rawHeaders: string[];
  readonly sources: readonly Source[];
}

/**
 * Answers that were given before and would be given again: the objects they were made from have not changed, which is
 * looked at for each request, so that a change on disk, by whomever, is seen by the next. What is left of such a request is
 * a look-up and two or three stats, where parsing, promises and headers cost twice that.
 */
export class HotAnswers {
  readonly #versionNow: NonNullable<StorageDriver['versionNow']>;
  readonly #answers = new Map<string, HotAnswer>();

  private constructor(versionNow: NonNullable<StorageDriver['versionNow']>) {
    this.#versionNow = versionNow;
  }

  /** None over a store that cannot tell versions at once. */
  static over(driver: StorageDriver): HotAnswers | undefined {
    return driver.versionNow && new HotAnswers((key) => driver.versionNow?.(key));
  }

  /** What to answer; `undefined` when the routes have to find out. */
  find({ method, url = '', headers }: IncomingMessage): HotAnswer | undefined {
    const answer = this.#answers.get(url);
    if (!answer || (method !== 'HEAD' && (method !== 'GET' || answer.reply.stream))) return undefined;
    if (method === 'HEAD' && answer.reply.isGoodForHead?.() === false) return undefined;
    if (headers['if-none-match'] !== undefined) return undefined;
    for (const { key, version } of answer.sources) {
      if (this.#versionNow(key) === version) continue;
      this.#answers.delete(url);
      return undefined;
    }
    return answer;
  }

  /** Keeps what was answered to a GET or HEAD, if it depends on nothing but its sources and the URL. */
  keep({ method, url = '' }: IncomingMessage, pattern: string, params: PathParams, reply: Reply): void {
    if (!reply.sources || (method !== 'GET' && method !== 'HEAD')) return;
    const rawHeaders = Object.entries({ ...COMMON_HEADERS, ...reply.headers }).flat();
    this.#answers.delete(url);
    this.#answers.set(url, { reply, pattern, params, rawHeaders, sources: reply.sources });
    const oldest = this.#answers.keys().next();
    if (this.#answers.size > MAX_ANSWERS && !oldest.done) this.#answers.delete(oldest.value);
  }
}

export function sendHot(outgoing: ServerResponse, { reply, rawHeaders }: HotAnswer, isHead: boolean): void {
  outgoing.writeHead(reply.status, rawHeaders);
  outgoing.end(isHead ? undefined : reply.body);
}
