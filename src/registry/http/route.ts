import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import type { Log } from '../../core/index.ts';
import type { NodeApp, NodeEnv } from '../../http/index.ts';
import { RegistryError } from '../errors.ts';
import { errorReply } from './error-reply.ts';
import { jsonReply, type Reply, sendReply } from './reply.ts';

export type RegistryContext = Context<NodeEnv>;
export type Handler = (c: RegistryContext) => Promise<Reply> | Reply;

/** Handlers by method. HEAD is answered by GET's unless it has its own: the same headers, no body. */
export type Methods = Readonly<Partial<Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Handler>>>;

/** Adds one path. Any other method is 405 UNSUPPORTED, with what is allowed. */
export function addRoute(app: NodeApp, log: Log, path: string, methods: Methods): void {
  const handlers = new Map<string, Handler>(Object.entries(methods));
  const get = handlers.get('GET');
  if (get && !handlers.has('HEAD')) handlers.set('HEAD', get);
  const allowed = [...handlers.keys()].sort().join(', ');
  const refuse: Handler = () => {
    const { entries, status } = new RegistryError('UNSUPPORTED');
    return jsonReply(status, { errors: entries }, { Allow: allowed });
  };
  app.all(path, (c) => answer(c, handlers.get(c.env.incoming.method ?? '') ?? refuse, log, path));
}

/** Runs a handler and sends what it answers, or what its error means; never throws, and logs one line. */
export async function answer(c: RegistryContext, handler: Handler, log: Log, route: string): Promise<Response> {
  const { incoming, outgoing } = c.env;
  const method = incoming.method ?? '';
  const began = performance.now();
  const isHead = method === 'HEAD';
  const facts = { method, route, path: c.req.path };
  try {
    await sendReply(outgoing as never, await handler(c), isHead);
  } catch (error) {
    if (outgoing.headersSent) {
      log.warn('answer cut short', { ...facts, error });
      outgoing.destroy();
    } else {
      await sendReply(outgoing as never, errorReply(error, log, facts), isHead);
    }
  }
  log.info('request', { ...facts, status: outgoing.statusCode, ms: Math.round(performance.now() - began) });
  return RESPONSE_ALREADY_SENT;
}
