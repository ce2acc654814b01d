import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestOptions, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { findDestination, type ProxyUser, parseAbsoluteForm, parseAuthority } from './destination.ts';

export interface BoxProxyOptions {
  /** What boxes are known by, besides their name: 32 bytes or more. */
  readonly secret: string;
  findUser(name: string): ProxyUser | undefined;
  /** Whether a host is a service of the sandbox, seen by whomever. */
  isService(host: string): boolean;
}

/** A proxy that listens until disposed of. */
export interface BoxProxy extends AsyncDisposable {
  /** What the box of a service sets its programs' variables to: `http://alice:SECRET@127.0.0.1:40000`. */
  urlFor(name: string): string;
}

/** Meant for a proxy alone, or for one connection (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/**
 * An HTTP proxy on loopback by which programs of plain boxes find services by name (RFC 9110 §9.3.6, RFC 9112 §3.2.2). Who does not
 * say which box it is, and the secret, is answered 407.
 */
export async function startBoxProxy(options: BoxProxyOptions): Promise<BoxProxy> {
  const open = new Set<Duplex>();
  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => forward(options, incoming, outgoing));
  server.on('connect', (incoming, socket, head) => tunnel(options, incoming, socket, head));
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    urlFor: (name) => `http://${name}:${options.secret}@127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Reason phrases are what Go's programs, docker among them, show of a proxy's refusal: so they say it. */
interface Refusal {
  readonly status: number;
  readonly why: string;
}

const UNKNOWN_BOX: Refusal = { status: 407, why: 'this proxy is for the boxes of a sandbox' };
const NO_TARGET: Refusal = { status: 400, why: 'want CONNECT name:port, or an http URL' };

function tunnel(options: BoxProxyOptions, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', () => undefined); // its end is what matters
  const place = findPlace(options, incoming, parseAuthority(incoming.url ?? ''));
  const refuse = ({ status, why }: Refusal): void => {
    const authenticate = status === 407 ? 'Proxy-Authenticate: Basic realm="sandbox"\r\n' : '';
    socket.end(`HTTP/1.1 ${status} ${asPhrase(why)}\r\n${authenticate}Content-Length: 0\r\nConnection: close\r\n\r\n`);
  };
  if ('why' in place) {
    refuse(place);
    return;
  }
  const onward = connect(place.port, place.host);
  const fail = (error: Error): void => refuse({ status: 502, why: error.message });
  onward.once('error', fail).once('connect', () => {
    onward.off('error', fail);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) onward.write(head);
    pipeline(socket, onward, () => undefined);
    pipeline(onward, socket, () => undefined);
  });
  socket.once('close', () => onward.destroy());
}

function forward(options: BoxProxyOptions, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const refuse = ({ status, why }: Refusal): void => {
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    const authenticate = status === 407 ? { 'proxy-authenticate': 'Basic realm="sandbox"' } : {};
    outgoing.writeHead(status, asPhrase(why), { 'content-type': 'text/plain', connection: 'close', ...authenticate });
    outgoing.end(`${why}\n`);
  };
  const target = parseAbsoluteForm(incoming.url ?? '');
  const place = findPlace(options, incoming, target);
  if ('why' in place) {
    refuse(place);
    return;
  }
  const { host, port } = place;
  const headers = passedOn(incoming.rawHeaders);
  const { method = 'GET' } = incoming;
  const asked: RequestOptions = { host, port, method, path: target?.path ?? '/', headers, agent: false };
  const onward = request(asked, (reply) => {
    outgoing.writeHead(reply.statusCode ?? 502, reply.statusMessage ?? '', passedOn(reply.rawHeaders));
    pipeline(reply, outgoing, () => undefined);
  });
  onward.once('error', (error) => refuse({ status: 502, why: error.message }));
  outgoing.once('close', () => onward.destroy());
  incoming.pipe(onward);
}

function findPlace(
  { secret, findUser, isService }: BoxProxyOptions,
  { headers }: IncomingMessage,
  target: { readonly host: string; readonly port: number } | undefined,
): { readonly host: string; readonly port: number } | Refusal {
  const [name = '', given = ''] = readCredentials(headers['proxy-authorization']);
  const user = isSame(given, secret) ? findUser(name) : undefined;
  if (!user) return UNKNOWN_BOX;
  if (!target) return NO_TARGET;
  const destination = findDestination(user, target, isService);
  return destination.kind === 'refused' ? { status: 403, why: destination.why } : destination;
}

/** Name and secret (RFC 7617 §2). */
function readCredentials(header: string | undefined): string[] {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '') ?? [];
  return /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8'))?.slice(1) ?? [];
}

function isSame(given: string, secret: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Headers that are the other side's to see, spelled and ordered as they were. */
function passedOn(raw: readonly string[]): string[] {
  return raw.filter((_, index) => !HOP_BY_HOP.has(raw[index - (index % 2)]?.toLowerCase() ?? ''));
}

function asPhrase(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, ' ');
}
