import type { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { publicAuthorities } from '../../http/client/index.ts';
import type { RegistryEndpoint } from './endpoint.ts';
import { RegistryTruncatedError, RegistryUnreachableError } from './errors.ts';
import { openProxyAgent } from './proxy.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body must be read or dumped by whoever asked. */
export interface TransportReply {
  readonly status: number;
  readonly statusText: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
  /** Throws the body away, so that its connection can be used again. */
  dump(): Promise<void>;
}

/** Sends requests over kept-alive connections until disposed of. */
export interface Transport extends AsyncDisposable {
  /** @throws {RegistryUnreachableError} no answer; the abort reason, when `signal` aborts */
  send(request: TransportRequest): Promise<TransportReply>;
}

const CONNECT_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 120_000; // the registry hashes an upload before it answers its PUT
const IDLE_TIMEOUT_MS = 120_000;
const MAX_DUMPED_BYTES = 64 * 1024;

/** Opens no connection yet; loads the HTTP client, which costs some 50 ms once. */
export async function openTransport(endpoint: RegistryEndpoint): Promise<Transport> {
  const { default: undici } = await import('undici'); // CommonJS: bundled, it has a default export only
  const timeouts = { headersTimeout: HEADERS_TIMEOUT_MS, bodyTimeout: IDLE_TIMEOUT_MS };
  const isProxied = endpoint.proxy !== undefined && !endpoint.connectTo;
  const agent: Dispatcher = isProxied
    ? openProxyAgent(undici, endpoint.proxy ?? '', {
        ...timeouts,
        requestTls: { timeout: CONNECT_TIMEOUT_MS, ...tlsOf(endpoint) },
        isTunnelled: endpoint.baseUrl.startsWith('https:'),
      })
    : new undici.Agent({ ...timeouts, connect: connectorTo(endpoint, undici.buildConnector) });
  return {
    async send({ method, url, headers = {}, body, signal }) {
      try {
        const reply = await undici.request(url, {
          dispatcher: agent,
          method,
          headers,
          ...(body !== undefined && { body: body as Readable }), // its types know nothing of iterables
          ...(signal && { signal }),
        });
        return {
          status: reply.statusCode,
          statusText: reply.statusText,
          headers: flatten(reply.headers),
          body: readBody(reply.body, signal),
          dump: () => reply.body.dump({ limit: MAX_DUMPED_BYTES }).catch(() => undefined),
        };
      } catch (cause) {
        signal?.throwIfAborted();
        throw new RegistryUnreachableError(method, url.href, dialError(cause, url), { cause });
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function tlsOf({ acceptAnyCertificate, ca, clientCertificate }: RegistryEndpoint) {
  return {
    rejectUnauthorized: !acceptAnyCertificate,
    ca: ca === undefined ? publicAuthorities() : [...rootCertificates, ca],
    ...clientCertificate,
  };
}

/** Dials `connectTo` for the endpoint's own name; other names (token services, redirects) as they resolve. */
function connectorTo(endpoint: RegistryEndpoint, build: typeof buildConnector): buildConnector.connector {
  const { host, protocol, hostname } = new URL(endpoint.baseUrl);
  const connector = build({ timeout: CONNECT_TIMEOUT_MS, ...tlsOf(endpoint) });
  const { connectTo } = endpoint;
  if (!connectTo) return connector;
  return (options, callback) => {
    const asked = options.port ? `${options.hostname}:${options.port}` : options.hostname; // a default port is not named
    const isOwn = options.protocol === protocol && withPort(asked, protocol) === withPort(host, protocol);
    if (!isOwn) return connector(options, callback);
    connector(
      {
        ...options,
        hostname: connectTo.host,
        host: connectTo.host,
        port: String(connectTo.port),
        servername: options.servername ?? hostname,
      },
      callback,
    );
  };
}

function withPort(host: string, protocol: string): string {
  if (/:\d+$/.test(host)) return host;
  return `${host}:${protocol === 'https:' ? 443 : 80}`;
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

async function* readBody(body: Readable, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* body as AsyncIterable<Uint8Array>;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new RegistryTruncatedError({ cause });
  }
}

/** What the dialler says, in the words docker's users know (Go's `net` and `crypto/tls`). */
function dialError(thrown: unknown, url: URL): string {
  const { code, message, address, port } = thrown as Partial<NodeJS.ErrnoException & { address: string; port: number }>;
  const errors = (thrown as Partial<AggregateError>).errors;
  if (errors?.length) return dialError(errors[0], url);
  const text = DIAL_ERRORS.get(code ?? '');
  if (text)
    return `dial tcp ${address ?? url.hostname}:${port ?? withPort(url.host, url.protocol).split(':').pop()}: ${text}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${url.hostname}: no such host`;
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT')
    return 'net/http: request canceled (Client.Timeout exceeded while awaiting headers)';
  if (isPlainTextAnswer(code, message)) return 'http: server gave HTTP response to HTTPS client';
  if (code !== undefined && CERTIFICATE_ERRORS.has(code)) {
    return `tls: failed to verify certificate: x509: ${CERTIFICATE_ERRORS.get(code)}`;
  }
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE' ? 'EOF' : (message ?? String(thrown));
}

const DIAL_ERRORS = new Map([
  ['ECONNREFUSED', 'connect: connection refused'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['ENETUNREACH', 'connect: network is unreachable'],
  ['ETIMEDOUT', 'i/o timeout'],
]);

const CERTIFICATE_ERRORS = new Map([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate signed by unknown authority'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate signed by unknown authority'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate signed by unknown authority'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate signed by unknown authority'],
  ['CERT_HAS_EXPIRED', 'certificate has expired or is not yet valid'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate is not valid for this name'],
]);

function isPlainTextAnswer(code: string | undefined, message = ''): boolean {
  return (
    code === 'ERR_SSL_WRONG_VERSION_NUMBER' ||
    code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' ||
    /wrong version number|packet length too long/.test(message)
  );
}
