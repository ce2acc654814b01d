import { Agent, request as plainRequest, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { TrustSandboxError } from '../../core/index.ts';
import { type EngineAddress, type EngineTls, formatDockerHost } from './address.ts';
import { EngineConnectError, EngineUnreachableError } from './errors.ts';

const HOST = 'api.moby.localhost'; // a name no Engine looks at; the address says where to
/** Told, so that Node need not work out whether the host is a name: 3 ms, for its pattern of IPv6 addresses. */
const NO_SERVER_NAME = { servername: '' };
const UNREACHABLE: ReadonlySet<string> = new Set([
  'EACCES',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
]);

/** How requests get to an address: what they must say, and who keeps their connections. */
export interface Dialler {
  readonly agent: Agent;
  readonly options: RequestOptions & { readonly headers: Readonly<Record<string, string>> };
  readonly request: typeof plainRequest;
}

/** Loads TLS, or what runs commands, only where the address needs it. */
export async function openDialler(address: EngineAddress): Promise<Dialler> {
  const headers = { host: HOST };
  if (address.kind === 'ssh') {
    const { CommandStream } = await import('./command-stream.ts');
    const agent = new Agent({ keepAlive: true });
    agent.createConnection = () => new CommandStream(address.command);
    return { agent, options: { headers }, request: plainRequest };
  }
  if (address.kind === 'unix') {
    return {
      agent: new Agent({ keepAlive: true }),
      options: { ...NO_SERVER_NAME, headers, socketPath: address.path },
      request: plainRequest,
    };
  }
  const { host, port, tls } = address;
  if (!tls) {
    return {
      agent: new Agent({ keepAlive: true }),
      options: { ...NO_SERVER_NAME, headers, host, port },
      request: plainRequest,
    };
  }
  const https = await import('node:https');
  return {
    agent: new https.Agent({ keepAlive: true, ...certificatesOf(tls) }),
    options: { headers: { host: `${host}:${port}` }, host, port },
    request: https.request,
  };
}

function certificatesOf({ ca, cert, key, verify }: EngineTls) {
  return { rejectUnauthorized: verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** Why a request got no answer, in docker's words. `path` has its query. What was thrown on purpose stays as it is. */
export function connectError(
  address: EngineAddress,
  { method, path }: { readonly method: string; readonly path: string },
  cause: NodeJS.ErrnoException & { hostname?: string },
): TrustSandboxError {
  const url = `${method[0]}${method.slice(1).toLowerCase()} "${urlOf(address, path)}"`;
  if (cause.code === 'EACCES') {
    const place = address.kind === 'unix' ? `dial unix ${address.path}: connect` : 'connect';
    return new EngineUnreachableError(
      `permission denied while trying to connect to the Docker daemon socket at ${formatDockerHost(address)}: ${url}: ${place}: permission denied`,
      cause,
    );
  }
  if (UNREACHABLE.has(cause.code ?? '') && address.kind !== 'ssh') {
    return new EngineUnreachableError(
      `Cannot connect to the Docker daemon at ${formatDockerHost(address)}. Is the docker daemon running?`,
      cause,
    );
  }
  if (cause instanceof TrustSandboxError && address.kind !== 'ssh') return cause; // from the body that was sent
  return new EngineConnectError(`error during connect: ${url}: ${reasonOf(cause)}`, { cause });
}

function urlOf(address: EngineAddress, path: string): string {
  if (address.kind === 'unix') return `http://${encodeURIComponent(address.path)}${path}`;
  if (address.kind === 'ssh') return `http://docker.example.com${path}`;
  const { host, port, tls, basePath = '' } = address;
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${basePath}${path}`;
}

/** What went wrong, in the words of Go's `net` and `crypto/tls` where they have any. */
function reasonOf({ code = '', message, hostname }: NodeJS.ErrnoException & { hostname?: string }): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${hostname}: no such host`;
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'EPROTO':
      return /wrong version number|packet length too long/.test(message)
        ? 'http: server gave HTTP response to HTTPS client'
        : message;
    default:
      return message;
  }
}

/** A connection to the Engine, to speak HTTP on by oneself. @throws {EngineUnreachableError | EngineConnectError} */
export async function openRawConnection(address: EngineAddress): Promise<Duplex> {
  if (address.kind === 'ssh') {
    const { CommandStream } = await import('./command-stream.ts');
    return new CommandStream(address.command);
  }
  const place = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  const tls = address.kind === 'tcp' ? address.tls : undefined;
  const socket = tls
    ? (await import('node:tls')).connect({ ...place, ...certificatesOf(tls) })
    : (await import('node:net')).connect({ ...place, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    socket.once(tls ? 'secureConnect' : 'connect', resolve);
    socket.once('error', (cause) => reject(connectError(address, { method: 'GET', path: '/' }, cause)));
  });
  return socket;
}
