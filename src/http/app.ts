import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';

/** Hono on Node: `c.env.incoming` and `c.env.outgoing` are the raw request and response, for bodies that stream. */
export interface NodeEnv {
  Bindings: HttpBindings;
}

export type NodeApp = Hono<NodeEnv>;

/** Answers every request from Node's own objects; it throws nothing. What needs no router listens so. */
export type RequestHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/**
 * An app with no routes. `strict` so that `/v2` and `/v2/` stay two paths;
 * `getPath` keeps the path as sent, percent-encoding and all: names are parsed by their own parsers.
 */
export function createApp(): NodeApp {
  return new Hono<NodeEnv>({ strict: true });
}

/** Answers a request from Node's own objects. `false`: it did nothing, and the routes of the app are to answer. */
export type DirectHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

const directHandlers = new WeakMap<NodeApp, DirectHandler>();

/**
 * Lets `handler` see the requests of an app that is listened to before its routes do: a router, a web `Request` and a web
 * `Response` cost as much as the rest of an answer from memory.
 */
export function answerDirectly(app: NodeApp, handler: DirectHandler): void {
  directHandlers.set(app, handler);
}

export function directHandlerOf(app: NodeApp): DirectHandler | undefined {
  return directHandlers.get(app);
}
