import { parseChallenge } from './challenge.ts';
import type { RegistryCredentials, RegistryEndpoint } from './endpoint.ts';
import { RegistryProtocolError } from './errors.ts';
import { basicAuthorization, fetchToken } from './token.ts';
import type { Transport, TransportReply, TransportRequest } from './transport.ts';

/** A request to the registry itself. `scope` is what a token for it must grant. */
export interface SessionRequest extends Omit<TransportRequest, 'url'> {
  /** Path below the base URL, or an absolute URL that the registry gave us. */
  readonly target: string | URL;
  readonly scope: string;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Requests to one registry as one user: answers its challenges (RFC 9110 §11), keeps tokens by scope, follows
 * redirects of reads. Credentials go to the registry's own origin and its token service only.
 */
export class Session {
  readonly #transport: Transport;
  readonly #base: URL;
  readonly #credentials: RegistryCredentials | undefined;
  readonly #userAgent: string;
  readonly #authorizations = new Map<string, string>();

  constructor(
    transport: Transport,
    endpoint: RegistryEndpoint,
    credentials: RegistryCredentials | undefined,
    userAgent: string,
  ) {
    this.#transport = transport;
    this.#base = new URL(endpoint.baseUrl);
    this.#credentials = credentials;
    this.#userAgent = userAgent;
    if (credentials?.kind === 'bearer') this.#authorizations.set('*', `Bearer ${credentials.registryToken}`);
  }

  /**
   * @throws {RegistryUnreachableError} no answer
   * @throws {RegistryTokenError | RegistryProtocolError} its challenge can't be answered
   */
  async send(request: SessionRequest): Promise<TransportReply> {
    const url = new URL(request.target, this.#base);
    const hadBasic = this.#authorizations.has('*'); // another request may be given it meanwhile
    const reply = await this.#sendOnce(request, url);
    if (reply.status === 401 && (await this.#answerChallenge(request, reply, hadBasic))) {
      await reply.dump();
      return this.#follow(request, url, await this.#sendOnce(request, url));
    }
    return this.#follow(request, url, reply);
  }

  async #follow(request: SessionRequest, from: URL, first: TransportReply): Promise<TransportReply> {
    let reply = first;
    let url = from;
    for (let hops = 0; REDIRECTS.has(reply.status) && isRead(request); hops += 1) {
      const location = reply.headers.get('location');
      if (location === undefined || hops === MAX_REDIRECTS) throw new RegistryProtocolError('too many redirects');
      await reply.dump();
      url = new URL(location, url);
      if (!/^https?:$/.test(url.protocol)) throw new RegistryProtocolError(`redirect to ${url.protocol}`);
      reply = await this.#sendOnce(request, url);
    }
    return reply;
  }

  #sendOnce({ method, headers, body, signal, scope }: SessionRequest, url: URL): Promise<TransportReply> {
    const authorization = this.#authorizations.get('*') ?? this.#authorizations.get(scope);
    return this.#transport.send({
      method,
      url,
      headers: {
        'user-agent': this.#userAgent,
        ...headers,
        ...(authorization !== undefined && url.origin === this.#base.origin && { authorization }),
      },
      ...(body !== undefined && { body }),
      signal,
    });
  }

  /** Whether asking again is worth it. A body that was a stream is gone, so such requests are not repeated. */
  async #answerChallenge(request: SessionRequest, reply: TransportReply, hadBasic: boolean): Promise<boolean> {
    const challenge = parseChallenge(reply.headers.get('www-authenticate') ?? '');
    if (!challenge || typeof request.body === 'object' || this.#credentials?.kind === 'bearer') return false;
    if (challenge.scheme === 'basic') {
      if (this.#credentials?.kind !== 'password' || hadBasic) return false;
      this.#authorizations.set('*', basicAuthorization(this.#credentials));
      return true;
    }
    if (challenge.scheme !== 'bearer') return false;
    const realm = parseRealm(challenge.parameters.get('realm'), this.#base);
    const service = challenge.parameters.get('service') ?? '';
    const scope = challenge.parameters.get('scope') ?? request.scope;
    const token = await fetchToken(this.#transport, { realm, service }, scope, this.#credentials, request.signal);
    this.#authorizations.set(request.scope, `Bearer ${token}`);
    return true;
  }
}

function isRead({ method }: SessionRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function parseRealm(text: string | undefined, base: URL): URL {
  const realm = URL.canParse(text ?? '') ? new URL(text ?? '') : undefined;
  const isSafe = realm?.protocol === 'https:' || (realm?.protocol === 'http:' && base.protocol === 'http:');
  if (!realm || !isSafe) throw new RegistryProtocolError(`invalid token realm ${JSON.stringify(text ?? '')}`);
  return realm;
}
