import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../core/index.ts';
import { type ObserveRequest, traceIdOf } from '../../http/index.ts';
import { RegistryError } from '../errors.ts';
import { type Asks, askedOf, authorizeRequest, type Gate } from './authorize.ts';
import { errorReply } from './error-reply.ts';
import { eventOf, type Listen } from './happening.ts';
import { jsonReply, type Reply, sendReply } from './reply.ts';
import { type PathParams, RegistryRequest } from './request.ts';

export type Handler = (request: RegistryRequest) => Promise<Reply> | Reply;

/** A kind of path: its pattern, for the log, and who answers which method. */
export interface Route {
  readonly pattern: string;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** What a client must be allowed. */
  readonly asks: Asks;
}

/** Handlers by method. HEAD is answered by GET's: the same headers, no body. */
export function defineRoute(pattern: string, methods: Readonly<Record<string, Handler>>): Route {
  const handlers = new Map(Object.entries(methods));
  const get = handlers.get('GET');
  if (get) handlers.set('HEAD', get);
  return { pattern, handlers, asks: askedOf(pattern) };
}

/** What all routes have around them. */
export interface RouteSurroundings {
  readonly log: Log;
  readonly gate: Gate;
  /** Is told of every push, pull, mount and deletion. */
  readonly listen: Listen | undefined;
  /** Is told of every request. */
  readonly observe: ObserveRequest | undefined;
}

/** Runs the route's handler and sends what it answers, or what its error means; never throws, and logs one line. */
export async function serveRoute(
  { pattern, handlers, asks }: Route,
  params: PathParams,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { log, gate, listen, observe }: RouteSurroundings,
): Promise<void> {
  const began = performance.now();
  const { method = '', url: path = '' } = incoming;
  const request = new RegistryRequest(incoming, params, gate.urls);
  const handler = handlers.get(method) ?? handlers.get('*') ?? (() => notAllowed(handlers));
  const trace = traceIdOf(request.header('traceparent'));
  const facts = { method, route: pattern, path, trace };
  try {
    if (!gate.isOpen) await authorizeRequest(gate, asks, request);
    const reply = await handler(request);
    await sendReply(outgoing, reply, request.isHead);
    if (listen && reply.happening && !request.isHead) listen(eventOf(reply.happening(), request));
  } catch (error) {
    if (outgoing.headersSent) {
      log.warn('answer cut short', { ...facts, error });
      outgoing.destroy();
    } else {
      await sendReply(outgoing, errorReply(error, log, facts), request.isHead);
    }
  }
  const durationMs = performance.now() - began;
  const status = outgoing.statusCode;
  const responseBytes = request.isHead ? 0 : Number(outgoing.getHeader('content-length') ?? 0);
  log.info('request', { ...facts, status, ms: Math.round(durationMs), bytes: responseBytes });
  observe?.({ method, route: pattern, status, durationMs, responseBytes });
}

/** 405 UNSUPPORTED, with what is allowed (RFC 9110 §15.5.6). */
function notAllowed(handlers: ReadonlyMap<string, Handler>): Reply {
  const { entries, status } = new RegistryError('UNSUPPORTED');
  return jsonReply(status, { errors: entries }, { Allow: [...handlers.keys()].sort().join(', ') });
}
