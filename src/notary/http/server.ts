import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, silentLog, systemClock } from '../../core/index.ts';
import { Health, type HealthReport, type RequestHandler, traceIdOf } from '../../http/index.ts';
import { KeyVault } from '../keys/key-vault.ts';
import { StoredServerKeys } from '../keys/stored-server-keys.ts';
import { Notary } from '../notary.ts';
import { lastChange } from '../store/change-feed.ts';
import type { NotaryDatabase } from '../store/schema.ts';
import { WireError } from '../wire-error.ts';
import { clientAddress } from './client-address.ts';
import { HotAnswers } from './hot-answers.ts';
import { NotaryMetrics } from './metrics.ts';
import {
  BAD_REQUEST,
  DEFAULT_CACHE_AGES,
  errorReply,
  METHOD_NOT_ALLOWED,
  type Reply,
  redirectReply,
  textReply,
} from './reply.ts';
import { cleanPath, decodePath, findRoute, verifyPrefix } from './request-path.ts';
import { ROUTES, type RouteContext } from './routes.ts';
import type { NotaryServerOptions, ServerPolicy } from './server-options.ts';

export interface NotaryServer {
  /** To be put on a socket by `listen`. */
  readonly app: RequestHandler;
  /** The service behind it. */
  readonly notary: Notary;
  /** What is wrong now, by name; empty when all is well. */
  health(): Promise<HealthReport>;
  /** Prometheus text. */
  metrics(): Reply;
  /** Answers by `policy` from the next request on; what it leaves out is as it is without. */
  reconfigure(policy: ServerPolicy): void;
}

const MAX_UPLOAD_BYTES = 64 * 1024 * 1024;
/** Methods that a path which exists nowhere is asked for with; others are not allowed anywhere. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'HEAD', 'DELETE']);

/**
 * A Notary v1 server (`docs/wire/notary-v1.md`), as notary-server 0.7 answers, apart from listening.
 * @throws {VaultError} the key secret is too short
 */
export function createNotaryServer(options: NotaryServerOptions): NotaryServer {
  const { database, clock = systemClock, log = silentLog, observe, maxUploadBytes = MAX_UPLOAD_BYTES } = options;
  const keys =
    'secret' in options.keys
      ? new StoredServerKeys({ database, vault: new KeyVault(options.keys.secret), clock })
      : options.keys;
  const notary = new Notary(database, keys, clock, log, { hasAudit: options.hasAudit ?? true });
  const health = healthOf(database, options.healthChecks);
  const metrics = new NotaryMetrics(ROUTES.flatMap(({ operation, foreignGun }) => (foreignGun ? [operation] : [])));
  let policy: ServerPolicy = options;
  let hotAnswers = new HotAnswers(notary, policy.cacheAges ?? DEFAULT_CACHE_AGES);
  const trustedProxies = new Set(options.trustedProxies);

  async function answer(incoming: IncomingMessage, seen: { operation: string }): Promise<Reply> {
    const method = incoming.method ?? 'GET';
    const { cacheAges = DEFAULT_CACHE_AGES, gunPrefixes = [], authorize } = policy;
    const context: RouteContext = { notary, cacheAges, maxUploadBytes, health, hotAnswers };
    const [rawPath = '/', rawQuery = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
    const path = decodePath(rawPath);
    if (path === undefined) return BAD_REQUEST;
    const clean = cleanPath(path);
    if (clean !== path) return redirectReply(encodeURI(clean) + (rawQuery === '' ? '' : `?${rawQuery}`));
    if (method === 'GET' && path === '/metrics') return metricsReply(metrics);
    const found = findRoute(method, path);
    if (!found && !METHODS.has(method)) return METHOD_NOT_ALLOWED;
    if (found) verifyPrefix(found.route, found.params.gun, gunPrefixes); // before any question of who asks
    const access = { gun: found?.params.gun, actions: found?.route.actions ?? [] };
    const isGuarded = authorize && (!found || found.route.actions);
    const subject = isGuarded ? await authorize(access, incoming.headers.authorization, incoming.headers) : undefined;
    if (!found) throw new WireError('METADATA_NOT_FOUND');
    const { route, params } = found;
    seen.operation = route.operation;
    const actor = { subject, address: clientAddress(incoming, trustedProxies) };
    return route.handle({ incoming, params, query: new URLSearchParams(rawQuery), actor }, context);
  }

  /** Says what was answered, to whom it concerns. */
  function tell(incoming: IncomingMessage, operation: string, status: number, responseBytes: number, began: number) {
    const { method = '', url: path = '', headers } = incoming;
    const durationMs = performance.now() - began;
    const trace = traceIdOf(headerOf(incoming, 'traceparent'));
    const [ms, address] = [Math.round(durationMs), clientAddress(incoming, trustedProxies)];
    log.info('request', { method, route: operation, path, address, trace, status, ms, bytes: responseBytes });
    observe?.({ method, route: operation, status, durationMs, responseBytes });
    const requestBytes = Number(headers['content-length'] ?? 0);
    metrics.observe({ operation, method, status, durationMs, requestBytes, responseBytes });
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse, began: number): Promise<void> {
    const seen = { operation: '*' };
    const { status, headers, body } = await errorAsReply(() => answer(incoming, seen), log);
    const text = Buffer.from(body).toString('latin1');
    outgoing.writeHead(status, headers).end(incoming.method === 'HEAD' ? undefined : text, 'latin1');
    tell(incoming, seen.operation, status, incoming.method === 'HEAD' ? 0 : text.length, began);
  }

  function app(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const began = performance.now();
    const isOpen = incoming.method === 'GET' && !policy.authorize;
    const hot = isOpen ? hotAnswers.find(incoming.url ?? '') : undefined;
    if (!hot) return void serve(incoming, outgoing, began);
    outgoing.writeHead(200, hot.headers as string[]).end(hot.body, 'latin1');
    tell(incoming, 'GetRole', 200, hot.body.length, began);
  }

  return {
    app,
    notary,
    health: async () => {
      await health.run();
      return health.report();
    },
    metrics: () => metricsReply(metrics),
    reconfigure(renewed) {
      policy = renewed;
      hotAnswers = new HotAnswers(notary, policy.cacheAges ?? DEFAULT_CACHE_AGES);
    },
  };
}

/** The database, under the name that the original says it by, and what else there is. */
function healthOf(database: NotaryDatabase, checks: ReadonlyMap<string, () => Promise<void>> = new Map()): Health {
  const named = new Map([['DB operational', async () => void (await lastChange(database))], ...checks]);
  return new Health([...named].map(([name, check]) => ({ name, check, threshold: 1 })));
}

function metricsReply(metrics: NotaryMetrics): Reply {
  const { status, headers, body } = textReply(metrics.format());
  return { status, headers: { ...headers, 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Everything thrown on purpose has its reply; anything else is our fault, and logged. */
async function errorAsReply(handle: () => Promise<Reply> | Reply, log: Log): Promise<Reply> {
  try {
    return await handle();
  } catch (thrown) {
    if (thrown instanceof WireError) return errorReply(thrown);
    const requestId = randomUUID();
    log.error('request failed', { requestId, error: thrown });
    return errorReply(new WireError('UNKNOWN', {}, { 'x-request-id': requestId }));
  }
}
