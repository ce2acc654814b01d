import type { ClientRequest, IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isJsonObject, type JsonValue, parseJson } from '../../core/index.ts';
import type { EngineAddress } from './address.ts';
import { connectError, type Dialler, openDialler } from './dial.ts';
import { EngineConnectError, EngineProtocolError, EngineResponseError, EngineUnreachableError } from './errors.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Path below the API version. Names keep their slashes and colons, as docker sends them. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** A request whose connection is to be given over; always a POST. */
export type HijackRequest = Pick<EngineRequest, 'path' | 'query' | 'signal'> & { readonly body?: string };

type Taken = { readonly socket: Duplex } | { readonly reply: IncomingMessage };

/** The newest API that is spoken from here, and the oldest. */
const NEWEST_MINOR = 50;
const MAX_JSON_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/** HTTP to one Engine, by the newest API version that both sides speak; asked for once, by `HEAD /_ping`. */
export class EngineConnection implements Disposable {
  readonly #address: EngineAddress;
  readonly #headers: Readonly<Record<string, string>>;
  #dialler: Promise<Dialler> | undefined;
  #version: Promise<string> | undefined;

  constructor(
    address: EngineAddress,
    {
      userAgent,
      headers = {},
      apiVersion,
    }: {
      readonly userAgent: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly apiVersion?: string;
    },
  ) {
    this.#address = address;
    this.#headers = { 'user-agent': userAgent, ...headers };
    if (apiVersion !== undefined) this.#version = Promise.resolve(apiVersion);
  }

  /** The version agreed on; asked for once. */
  apiVersion(signal?: AbortSignal): Promise<string> {
    this.#version ??= this.ping(signal).then((ping) => ping.apiVersion);
    return this.#version;
  }

  /** The path below the version agreed on; where that can't be asked for, the request itself is what failed. */
  async #versioned({ method, path, query = {}, signal }: EngineRequest): Promise<string> {
    try {
      return `/v${await this.apiVersion(signal)}${path}`;
    } catch (thrown) {
      if (!(thrown instanceof EngineUnreachableError || thrown instanceof EngineConnectError)) throw thrown;
      const wanted = { method, path: escapePath(`/v1.${NEWEST_MINOR}${path}`) + formatQuery(query) };
      throw connectError(this.#address, wanted, thrown.cause as NodeJS.ErrnoException);
    }
  }

  /** An answer below 400. @throws {EngineResponseError | EngineUnreachableError} */
  async send(request: EngineRequest): Promise<IncomingMessage> {
    const reply = await this.#exchange(request, await this.#versioned(request));
    if ((reply.statusCode ?? 500) < 400) return reply;
    throw new EngineResponseError(reply.statusCode ?? 500, await errorText(reply));
  }

  /** The answer's JSON. */
  async json(request: EngineRequest): Promise<JsonValue> {
    const text = await this.text(request);
    try {
      return JSON.parse(text) as JsonValue; // nothing signed: Node's own reader, which is much the faster one
    } catch (cause) {
      throw new EngineProtocolError(`Engine answered with what is no JSON: ${(cause as Error).message}`, { cause });
    }
  }

  /** The answer's text, to the byte. */
  async text(request: EngineRequest): Promise<string> {
    return readText(await this.send(request), MAX_JSON_BYTES);
  }

  /**
   * A connection that is given over after the request, for both sides to stream (Docker Engine API v1.50, "Hijacking").
   * @throws {EngineResponseError | EngineUnreachableError} the Engine refused, or did not give it over
   */
  async hijack({ path, query = {}, body = '', signal }: HijackRequest): Promise<Duplex> {
    const versioned = await this.#versioned({ method: 'POST', path, query, signal });
    const headers = { connection: 'Upgrade', upgrade: 'tcp', 'content-type': 'application/json' };
    const request: EngineRequest = { method: 'POST', path: versioned, query, headers, body, signal };
    const taken = await this.#open<Taken>(request, versioned, (outgoing, resolve) => {
      outgoing.once('response', (reply) => resolve({ reply }));
      outgoing.once('upgrade', (_reply, socket: Duplex, head: Buffer) => {
        if (head.byteLength > 0) socket.unshift(head);
        resolve({ socket });
      });
    });
    if ('socket' in taken) return taken.socket;
    const { reply } = taken;
    const status = reply.statusCode ?? 500;
    if (status >= 400) throw new EngineResponseError(status, await errorText(reply));
    reply.destroy();
    throw new EngineProtocolError(`unable to upgrade to tcp, received ${status}`);
  }

  /** Headers of the ping, and the version agreed on. */
  async ping(signal?: AbortSignal): Promise<{ headers: IncomingMessage['headers']; apiVersion: string }> {
    const reply = await this.#exchange({ method: 'HEAD', path: '/_ping', signal }, '/_ping');
    reply.resume();
    const [, minor] = /^1\.(\d+)$/.exec(String(reply.headers['api-version'] ?? '')) ?? [];
    return { headers: reply.headers, apiVersion: `1.${Math.min(Number(minor ?? 24), NEWEST_MINOR)}` };
  }

  [Symbol.dispose](): void {
    void this.#dialler?.then(({ agent }) => agent.destroy());
  }

  #exchange(request: EngineRequest, path: string): Promise<IncomingMessage> {
    return this.#open<IncomingMessage>(request, path, (outgoing, resolve) => outgoing.once('response', resolve));
  }

  /** Sends a request; `settle` says what of it is waited for. */
  async #open<T>(
    { method, query = {}, headers, body, signal }: EngineRequest,
    path: string,
    settle: (outgoing: ClientRequest, resolve: (value: T) => void) => void,
  ): Promise<T> {
    const address = this.#address;
    this.#dialler ??= openDialler(address);
    const dialler = await this.#dialler;
    const whole = escapePath(path) + formatQuery(query);
    const options = {
      ...dialler.options,
      agent: dialler.agent,
      method,
      path: address.kind === 'tcp' ? `${address.basePath ?? ''}${whole}` : whole,
      headers: { ...dialler.options.headers, ...this.#headers, ...lengthOf(method, body), ...headers },
      ...(signal && { signal }),
    };
    return new Promise((resolve, reject) => {
      const request = dialler.request(options);
      settle(request, resolve);
      request.once('error', (cause: NodeJS.ErrnoException) => {
        reject(signal?.aborted ? (signal.reason as Error) : connectError(address, { method, path: whole }, cause));
      });
      if (typeof body === 'object') pipeline(Readable.from(body, { objectMode: false }), request).catch(reject);
      else request.end(body);
    });
  }
}

/** As Go's `net/url` writes a path: what users type as names may have anything in it. */
function escapePath(path: string): string {
  return encodeURI(path).replace(/[?#[\]]/g, encodeURIComponent);
}

function formatQuery(query: NonNullable<EngineRequest['query']>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    const values = typeof value === 'string' ? [value] : (value ?? []);
    return values.map((item) => [name, item] as [string, string]);
  });
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function lengthOf(method: string, body: EngineRequest['body']): Record<string, string> {
  if (typeof body === 'string') return { 'content-length': String(Buffer.byteLength(body)) };
  return method === 'POST' && body === undefined ? { 'content-length': '0' } : {};
}

/** @throws {EngineProtocolError} cut off, or more than `maxBytes` */
export async function readText(reply: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of reply as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > maxBytes) throw new EngineProtocolError(`answer is larger than the ${maxBytes} bytes allowed here`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof EngineProtocolError) throw cause;
    throw new EngineProtocolError('unexpected EOF', { cause });
  }
  return Buffer.concat(chunks, size).toString('utf8');
}

async function errorText(reply: IncomingMessage): Promise<string> {
  const text = await readText(reply, MAX_ERROR_BYTES);
  try {
    const value = parseJson(text);
    if (isJsonObject(value) && typeof value.message === 'string') return value.message;
  } catch {
    // not JSON: shown as it is
  }
  return text.trim() || (reply.statusMessage ?? 'no reason given');
}
