import { chmod } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { directHandlerOf, type NodeApp, type RequestHandler } from './app.ts';
import { bind } from './bind.ts';
import { isClientAccepted, type ServerTls, secureContextOptions, tlsOptions } from './tls.ts';

/** Where a server listens: a TCP address (port 0 takes a free one) or a unix socket. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string; readonly mode?: number };

/** A server that accepts connections until disposed of. Disposing ends open connections. */
export interface Listener extends AsyncDisposable {
  readonly address: ListenAddress;
  /** `http://127.0.0.1:5000`, `https://…`, or `unix:///path`. */
  readonly url: string;
  /** The Node server underneath, for upgrades. */
  readonly server: Server;
  /** Takes no new connections and waits until what is being served is done, or `timeoutMs` are over. Dispose of it then. */
  drain(timeoutMs: number): Promise<void>;
  /** Uses another certificate from the next connection on. @throws {NodeJS.ErrnoException} it is none; the old one stays */
  renewTls(tls: ServerTls): void;
}

/** Decides when a request goes on to the app, by calling `proceed`; or answers it, or ends its connection, itself. */
export type Gate = (incoming: IncomingMessage, outgoing: ServerResponse, proceed: () => void) => void;

export interface ListenOptions {
  /** Sees each request before the app does: to add headers, or take a prefix off its path. */
  readonly before?: (incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** What each request has to pass before the app has it. */
  readonly gate?: Gate | undefined;
}

const IDLE_CHECK_MS = 20;

/**
 * Serves `app` on `address`. Requests have no time limit (an upload may be long), headers do.
 * @throws {NodeJS.ErrnoException} EADDRINUSE, EACCES, … as `listen(2)` gives them; ERR_OSSL_… for a certificate that is none
 */
export async function listen(
  app: NodeApp | RequestHandler,
  address: ListenAddress,
  tls?: ServerTls,
  { before, gate }: ListenOptions = {},
): Promise<Listener> {
  const limits = { requestTimeout: 0, headersTimeout: 20_000, keepAliveTimeout: 65_000, maxHeaderSize: 32 * 1024 };
  const server = tls ? await createTlsServer(tls, limits) : createHttpServer(limits);
  // A client that has said all it will say is answered all the same, as Go's servers do.
  (server as Server & { httpAllowHalfOpen?: boolean }).httpAllowHalfOpen = true;
  if (before) server.on('request', before);
  const answer = typeof app === 'function' ? app : await requestListener(app);
  server.on(
    'request',
    gate ? (incoming, outgoing) => gate(incoming, outgoing, () => answer(incoming, outgoing)) : answer,
  );
  await bind(server, address);
  if (address.kind === 'unix') await chmod(address.path, address.mode ?? 0o600);
  const bound = boundAddress(server, address);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    return closed;
  };
  return {
    address: bound,
    url: formatUrl(bound, tls ? 'https' : 'http'),
    server,
    drain: (timeoutMs) => drain(server, close(), timeoutMs),
    renewTls(renewed) {
      (server as HttpsServer).setSecureContext(secureContextOptions(renewed));
    },
    async [Symbol.asyncDispose]() {
      const isClosed = close();
      server.closeAllConnections();
      await isClosed;
    },
  };
}

async function createTlsServer(tls: ServerTls, limits: object): Promise<HttpsServer> {
  const { createServer } = await import('node:https');
  const server = createServer({ ...limits, ...tlsOptions(tls) });
  const { clientAuth = 'none' } = tls;
  if (clientAuth !== 'none') {
    server.prependListener('secureConnection', (socket) => {
      if (!isClientAccepted(socket, clientAuth)) socket.destroy();
    });
  }
  return server;
}

/** Connections are kept alive by clients: those that wait for nothing are closed, again and again until none is left. */
async function drain(server: Server, closed: Promise<void>, timeoutMs: number): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([closed, patience]);
  clearInterval(idle);
  clearTimeout(timer);
}

type RequestListener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/** What adapts Node's requests to the app's routes is loaded for those who need it alone: it takes 30 ms. */
async function requestListener(app: NodeApp): Promise<RequestListener> {
  const answer = directHandlerOf(app);
  if (!answer) return routeListener(app);
  let route: Promise<RequestListener> | undefined;
  return async (incoming, outgoing) => {
    if (answer(incoming, outgoing)) return;
    route ??= routeListener(app);
    (await route)(incoming, outgoing);
  };
}

async function routeListener(app: NodeApp): Promise<RequestListener> {
  const { getRequestListener } = await import('@hono/node-server');
  return getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false });
}

function boundAddress(server: Server, asked: ListenAddress): ListenAddress {
  if (asked.kind === 'unix') return asked;
  const { address, port } = server.address() as AddressInfo;
  return { kind: 'tcp', host: address, port };
}

function formatUrl(address: ListenAddress, scheme: 'http' | 'https'): string {
  if (address.kind === 'unix') return `unix://${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${scheme}://${host}:${address.port}`;
}
