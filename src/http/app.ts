import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';

/** Hono on Node: `c.env.incoming` and `c.env.outgoing` are the raw request and response, for bodies that stream. */
export interface NodeEnv {
  Bindings: HttpBindings;
}

export type NodeApp = Hono<NodeEnv>;

/**
 * An app with no routes. `strict` so that `/v2` and `/v2/` stay two paths;
 * `getPath` keeps the path as sent, percent-encoding and all: names are parsed by their own parsers.
 */
export function createApp(): NodeApp {
  return new Hono<NodeEnv>({ strict: true });
}
