import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, errorMessage, type Log, Started, systemClock } from '../../core/index.ts';
import { ensureFolder } from '../../files/index.ts';
import { type AccessController, type Gate, isBeyondLoopback, type Listener, listen } from '../../http/index.ts';
import type { RegistryEndpoint } from '../client/index.ts';
import type { UrlPolicy } from '../http/location.ts';
import type { RegistryEvent } from '../notifications/event.ts';
import type { Notifier } from '../notifications/notifier.ts';
import { createRegistry } from '../registry.ts';
import type { RegistryConfig } from './config.ts';
import { startHealthWatch } from './health-watch.ts';
import type { HttpConfig } from './http.ts';
import { openAccess } from './open-access.ts';
import { openDebug } from './open-debug.ts';
import { openStorage } from './open-storage.ts';
import { readTls } from './tls-files.ts';
import { startUpkeep } from './upkeep.ts';

export interface ServeOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Where this server keeps what is its own and no part of the registry: events that wait to be told. */
  readonly stateFolder: string;
  /** What each request has to pass first. */
  readonly gate?: Gate;
  /** Is told of every push, pull, mount and deletion, besides the webhooks of the configuration. */
  readonly listen?: (event: RegistryEvent) => void;
  /** Where the registry is that a proxy's `remoteurl` names, when it is not where its name leads. */
  readonly upstream?: Omit<RegistryEndpoint, 'baseUrl'> & { readonly baseUrl?: string };
}

/** A registry on its socket. Disposing stops it at once; `stop` lets it finish first. */
export interface ServedRegistry extends AsyncDisposable {
  readonly listener: Listener;
  /** Of health and metrics, where there is one. */
  readonly debugUrl: string | undefined;
  /** What listens: for the registry, and for health and metrics. */
  readonly servers: readonly Server[];
  /** Certificates and credentials anew. What cannot be read stays as it was, and is logged. */
  reload(): Promise<void>;
  /** Takes no more requests, waits for those being served, then stops. */
  stop(): Promise<void>;
}

/**
 * Builds and starts what `config` says.
 * @throws {CredentialFileError} a file of users or keys cannot be read
 * @throws {NodeJS.ErrnoException} a certificate cannot be read, or the address cannot be listened on
 */
export async function serveRegistry(config: RegistryConfig, options: ServeOptions): Promise<ServedRegistry> {
  const { log, clock = systemClock } = options;
  const { http } = config;
  const access = config.auth && openAccess(config.auth, { log, clock });
  const tls = http.tls && (await readTls(http.tls));
  const driver = await openStorage(config.storage);
  await using started = new Started();
  const keep = <T extends AsyncDisposable>(thing: T | undefined): T | undefined => thing && started.add(thing);
  const notifier = keep(await openNotifications(config, options.stateFolder, log, clock));
  const { upstream } = options;
  const proxy = config.proxy && (await import('./proxy.ts')).startProxy(config.proxy, { driver, log, clock, upstream });
  keep(proxy);
  const { health } = started.add(startHealthWatch(config.health, { driver, log }));
  const debug = keep(await openDebug(http, health));
  const registry = createRegistry({
    driver,
    clock,
    log: config.log.hasAccessLog ? log : withoutRequests(log),
    deleteEnabled: config.isDeleteEnabled,
    access,
    upstream: proxy?.upstream,
    health: config.health.length > 0 ? health : undefined,
    isReadOnly: config.isReadOnly,
    urlRules: config.urlRules,
    limits: { catalog: config.catalogMaxEntries, tags: config.maxTags },
    mayRedirect: config.mayRedirect,
    urls: urlPolicy(http),
    listen: listenersOf(notifier, options.listen),
    observe: debug?.observe,
  });
  const before = beforeRequests(http);
  const { gate } = options;
  const listener = started.add(await listen(registry.app, http.address, tls, { gate, ...(before && { before }) }));
  started.add(startUpkeep(config, { registry, driver, log, clock }));
  warnOfExposure(config, listener, log);
  const running = started.keep();
  return {
    listener,
    debugUrl: debug?.url,
    servers: [listener.server, ...(debug ? [debug.server] : [])],
    reload: () => reload(http, listener, access, log),
    async stop() {
      await listener.drain(http.drainMs);
      await running[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

async function openNotifications(
  { notifications, http }: RegistryConfig,
  stateFolder: string,
  log: Log,
  clock: Clock,
): Promise<Notifier | undefined> {
  if (notifications.endpoints.length === 0) return undefined;
  await ensureFolder(stateFolder, 0o700);
  const { openNotifier } = await import('../notifications/notifier.ts');
  const port = http.address.kind === 'tcp' ? http.address.port : 0;
  const queuePath = join(stateFolder, `notifications-${port}.db`);
  return openNotifier({ ...notifications, queuePath, address: `${hostname()}:${port}`, log, clock });
}

function listenersOf(notifier: Notifier | undefined, other: ServeOptions['listen']): ServeOptions['listen'] {
  if (!notifier || !other) return notifier ? (event) => notifier.notify(event) : other;
  return (event) => {
    notifier.notify(event);
    other(event);
  };
}

function urlPolicy({ host, prefix, isRelative, secret }: HttpConfig): UrlPolicy {
  return { base: host, prefix, isRelative, uploadSecret: secret };
}

/** Puts `http.headers` on every answer and takes `http.prefix` off every path; what is not under it is nowhere. */
function beforeRequests({
  headers,
  prefix,
}: HttpConfig): ((i: IncomingMessage, o: ServerResponse) => void) | undefined {
  if (headers.size === 0 && prefix === '') return undefined;
  const all = [...headers].map(
    ([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : [...values]] as const,
  );
  return (incoming, outgoing) => {
    for (const [name, values] of all) outgoing.setHeader(name, values);
    const url = incoming.url ?? '';
    if (prefix !== '') incoming.url = url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : '/outside-the-prefix';
  };
}

async function reload(
  { tls }: HttpConfig,
  listener: Listener,
  access: AccessController | undefined,
  log: Log,
): Promise<void> {
  for (const renew of [async () => tls && listener.renewTls(await readTls(tls)), async () => access?.reload()]) {
    try {
      await renew();
    } catch (error) {
      log.error('reload failed: what was there before stays in force', { why: errorMessage(error) });
    }
  }
  log.info('reloaded');
}

/** What makes the server less safe than it would be by itself is said when it starts. */
function warnOfExposure({ auth, http, isReadOnly }: RegistryConfig, { address, url }: Listener, log: Log): void {
  if (!isBeyondLoopback(address)) return;
  log.warn('listening beyond loopback: others can reach this server', { url });
  if (!auth && !isReadOnly) log.warn('no auth: whoever reaches this server may push', { url });
  if (auth && !http.tls) log.warn('no TLS: unless a proxy speaks it, credentials can be read on the way', { url });
}

function withoutRequests(log: Log): Log {
  return { ...log, info: (event, fields) => (event === 'request' ? undefined : log.info(event, fields)) };
}
