import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity, rootCertificates } from 'node:tls';
import { openSecureContext, readBody } from '../../http/client/index.ts';
import { RemoteMalformedError } from './errors.ts';
import { isUnknownAuthority, networkError } from './network-error.ts';

/** How to reach a trust server, and whom to believe to be it. */
export interface ConnectionOptions {
  /** `https://notaryserver:4443`, or with a path before `/v2/`. */
  readonly url: string;
  /** PEM of authorities to trust beside `publicRoots`. */
  readonly ca?: string | readonly string[];
  /** PEM of the public authorities, read when it comes to them; those of the run-time when absent. */
  readonly publicRoots?: () => readonly string[];
  /** Connect there instead; the certificate must still name the host of the URL. */
  readonly connect?: { readonly host: string; readonly port: number };
  /** PEM of the certificate and key to show. */
  readonly clientCertificate?: { readonly cert: string; readonly key: string };
  /** Believe any certificate. Docker does so when the registry's name is a loopback address. */
  readonly insecureSkipVerify?: boolean;
  readonly userAgent?: string;
  readonly signal?: AbortSignal;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the URL, percent-encoded: `/v2/…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Bytes of the answer's body that are read at most. */
  readonly maxBytes: number;
  /** The whole exchange must be done by then; no limit but that of silence when absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A server that says nothing for so long is taken to be gone. */
const SILENCE_MS = 60_000;
const KEEP_ALIVE = { keepAlive: true, maxSockets: 8 } as const;

/** Connections to one trust server, kept for the next request. */
export class Connection implements Disposable {
  readonly #url: URL;
  readonly #send: typeof httpsRequest;
  readonly #options: ConnectionOptions;
  #agent: HttpAgent;
  /** The public authorities take 20 ms to load: they are asked only if the given ones do not know the server. */
  #hasPublicRoots: boolean;

  /** @throws {TypeError} the URL is none */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    this.#hasPublicRoots = options.ca === undefined && options.publicRoots === undefined;
    this.#agent = this.#newAgent();
    this.#send = this.#url.protocol === 'https:' ? httpsRequest : (httpRequest as typeof httpsRequest);
  }

  /** Host and port as the URL has them. */
  get host(): string {
    return this.#url.host;
  }

  /** @throws {NetworkError | RemoteMalformedError} no answer; more bytes than asked for */
  async exchange(sent: HttpRequest): Promise<HttpResponse> {
    const limits = [
      this.#options.signal,
      sent.signal,
      sent.timeoutMs === undefined ? undefined : AbortSignal.timeout(sent.timeoutMs),
    ];
    const signal = AbortSignal.any(limits.filter((limit) => limit !== undefined));
    let response: IncomingMessage;
    try {
      response = await this.#request(sent, signal).catch((thrown) => this.#retryWithPublicRoots(thrown, sent, signal));
    } catch (thrown) {
      if (this.#options.signal?.aborted) throw this.#options.signal.reason;
      const timedOut = signal.aborted ? Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' }) : thrown;
      throw networkError(timedOut, { hostname: this.#hostname, ...this.#dialled });
    }
    return { status: response.statusCode ?? 0, headers: response.headers, body: await this.#body(response, sent) };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #request({ method, path, headers, body }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { address, port } = this.#dialled;
    const { userAgent = 'trustsandbox' } = this.#options;
    return new Promise((resolve, reject) => {
      const request = this.#send({
        agent: this.#agent,
        host: address,
        port,
        method,
        path: this.#url.pathname.replace(/\/$/, '') + path,
        headers: {
          host: this.#url.host,
          'user-agent': userAgent,
          ...headers,
          ...(method === 'POST' ? { 'content-length': String(body?.byteLength ?? 0) } : {}),
        },
        timeout: SILENCE_MS,
        signal,
      });
      request.on('timeout', () => request.destroy(Object.assign(new Error('silence'), { code: 'ETIMEDOUT' })));
      request.on('response', resolve).on('error', reject).end(body);
    });
  }

  /** Nothing has been sent yet when a certificate is refused, so that any request can be tried again. */
  #retryWithPublicRoots(thrown: unknown, sent: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    if (this.#hasPublicRoots || !isUnknownAuthority(thrown)) throw thrown;
    this.#hasPublicRoots = true;
    this.#agent.destroy();
    this.#agent = this.#newAgent();
    return this.#request(sent, signal);
  }

  #newAgent(): HttpAgent {
    return this.#url.protocol === 'https:'
      ? new HttpsAgent({ ...KEEP_ALIVE, ...this.#tls() })
      : new HttpAgent(KEEP_ALIVE);
  }

  async #body(response: IncomingMessage, { maxBytes }: HttpRequest): Promise<Buffer> {
    try {
      return await readBody(response, maxBytes);
    } catch (cause) {
      response.destroy();
      throw new RemoteMalformedError({ cause });
    }
  }

  get #hostname(): string {
    return this.#url.hostname.replace(/^\[|\]$/g, '');
  }

  get #dialled(): { address: string; port: number } {
    const { connect } = this.#options;
    const port = Number(this.#url.port) || (this.#url.protocol === 'https:' ? 443 : 80);
    return connect ? { address: connect.host, port: connect.port } : { address: this.#hostname, port };
  }

  #tls() {
    const { clientCertificate, insecureSkipVerify } = this.#options;
    const hostname = this.#hostname;
    return {
      secureContext: openSecureContext({ ...this.#authorities(), ...clientCertificate }), // once, not per connection
      rejectUnauthorized: !insecureSkipVerify,
      servername: isIP(hostname) ? '' : hostname, // addresses are not sent as names (RFC 6066 §3)
      checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
        checkServerIdentity(hostname, certificate),
    };
  }

  /** None given: those that the run-time has loaded itself. */
  #authorities(): { readonly ca?: string[] } {
    const { ca = [], publicRoots } = this.#options;
    if (!this.#hasPublicRoots) return ca.length === 0 ? {} : { ca: [ca].flat() };
    if (ca.length === 0 && !publicRoots) return {};
    return { ca: [...[ca].flat(), ...(publicRoots?.() ?? rootCertificates)] };
  }
}
