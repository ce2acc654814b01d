import { chmod } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { NodeApp } from './app.ts';

/** Where a server listens: a TCP address (port 0 takes a free one) or a unix socket. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string; readonly mode?: number };

/** PEM texts of the server's certificate chain and key. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** A server that accepts connections until disposed of. Disposing ends open connections. */
export interface Listener extends AsyncDisposable {
  readonly address: ListenAddress;
  /** `http://127.0.0.1:5000`, `https://…`, or `unix:///path`. */
  readonly url: string;
  /** The Node server underneath, for upgrades. */
  readonly server: Server;
}

/**
 * Serves `app` on `address`. Requests have no time limit (an upload may be long), headers do.
 * @throws {NodeJS.ErrnoException} EADDRINUSE, EACCES, … as `listen(2)` gives them
 */
export async function listen(app: NodeApp, address: ListenAddress, tls?: ServerTls): Promise<Listener> {
  const limits = { requestTimeout: 0, headersTimeout: 20_000, keepAliveTimeout: 65_000, maxHeaderSize: 32 * 1024 };
  const server = tls ? createHttpsServer({ ...limits, ...tls }) : createHttpServer(limits);
  server.on('request', getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (address.kind === 'unix') server.listen(address.path, resolve);
    else server.listen(address.port, address.host, resolve);
  });
  if (address.kind === 'unix') await chmod(address.path, address.mode ?? 0o600);
  const bound = boundAddress(server, address);
  return {
    address: bound,
    url: formatUrl(bound, tls ? 'https' : 'http'),
    server,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
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
