import type { IncomingMessage } from 'node:http';
import { type Digest, parseDigest, parseRepositoryName, type RepositoryName } from '../../core/index.ts';
import type { UrlPolicy } from './location.ts';

/** One request, its path already taken apart. What it says is text from outside until a parser has seen it. */
export class RegistryRequest {
  readonly incoming: IncomingMessage;
  readonly #params: PathParams;
  /** How the URLs in answers are formed. */
  readonly urls: UrlPolicy;
  #query: URLSearchParams | undefined;

  constructor(incoming: IncomingMessage, params: PathParams, urls: UrlPolicy) {
    this.incoming = incoming;
    this.#params = params;
    this.urls = urls;
  }

  get isHead(): boolean {
    return this.incoming.method === 'HEAD';
  }

  /** The repository that the path names. @throws {NameInvalidError} */
  repository(): RepositoryName {
    return parseRepositoryName(decode(this.#params.name));
  }

  /** The last segment of the path: digest, tag, upload. Decoded, and no more. */
  reference(): string {
    return decode(this.#params.reference);
  }

  /** @throws {DigestInvalidError} */
  digest(): Digest {
    return parseDigest(this.reference());
  }

  /** Values of a header that was sent several times are joined by commas. */
  header(name: string): string | undefined {
    const value = this.incoming.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  query(name: string): string | undefined {
    return this.queryAll(name)[0];
  }

  /** Values of a parameter that may be given several times. */
  queryAll(name: string): readonly string[] {
    this.#query ??= new URLSearchParams(queryOf(this.incoming.url ?? ''));
    return this.#query.getAll(name);
  }
}

/** Parts of a path, percent-encoded as they came; empty where the route has none. */
export interface PathParams {
  readonly name: string;
  readonly reference: string;
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark < 0 ? '' : url.slice(mark + 1);
}

/** Text that is no percent-encoding stands for itself; the parsers refuse it. */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
