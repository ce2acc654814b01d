import { Hono } from 'hono';
import { silentLog, systemClock } from '../../core/index.ts';
import {
  type ListenAddress,
  type Listener,
  listen,
  type NodeApp,
  type NodeEnv,
  type ServerTls,
} from '../../http/index.ts';
import type { Engine } from '../engine.ts';
import { noHost } from '../host/no-host.ts';
import { routeAbsent } from './absent.ts';
import { ApiVersionError, MAX_API_VERSION, splitVersion } from './api-version.ts';
import { routeArchive } from './containers/archive.ts';
import { routeExec } from './containers/exec.ts';
import { ExecSessions } from './containers/exec-sessions.ts';
import { routeContainers } from './containers/routes.ts';
import { routeStats } from './containers/stats.ts';
import { routeEvents } from './events.ts';
import { attachHijacks, type HijackContext } from './hijack.ts';
import { relayHostEvents } from './host-events.ts';
import { routeImages } from './images.ts';
import { routeNetworks } from './networks.ts';
import { routeRegistries } from './registries.ts';
import { errorReply } from './reply.ts';
import type { EngineApiSettings } from './settings.ts';
import { routeSystem } from './system.ts';
import { routeVolumes } from './volumes.ts';

const UNKNOWN_VERSION = '0.0.0';

/** The API on a socket. Disposing ends connections, hijacked ones too. */
export async function serveEngineApi(
  engine: Engine,
  address: ListenAddress,
  settings: Partial<EngineApiSettings> = {},
  tls?: ServerTls,
): Promise<Listener> {
  const { app, context } = buildApi(engine, settings);
  const listener = await listen(app, address, tls, { gate: settings.gate });
  const hijacked = attachHijacks(listener.server, context);
  const stopRelay = relayHostEvents(context.settings.host, engine.events.publish);
  return {
    ...listener,
    async [Symbol.asyncDispose]() {
      stopRelay();
      hijacked.destroy();
      await listener[Symbol.asyncDispose]();
    },
  };
}

/**
 * The Docker Engine API over an engine (v1.12 to v1.51, "Docker Engine API"), without the connections that clients take
 * over. Paths may begin with a version, `/v1.41/…`.
 */
export function createEngineApi(engine: Engine, settings: Partial<EngineApiSettings> = {}): NodeApp {
  return buildApi(engine, settings).app;
}

function buildApi(engine: Engine, given: Partial<EngineApiSettings>): { app: NodeApp; context: HijackContext } {
  const { clock = systemClock } = given;
  const settings: EngineApiSettings = {
    version: UNKNOWN_VERSION,
    startedAt: clock.now(),
    log: silentLog,
    host: noHost,
    ...given,
    clock,
  };
  const app: NodeApp = new Hono<NodeEnv>({ strict: true, getPath: unversionedPath });
  const headers = {
    'api-version': MAX_API_VERSION,
    'docker-experimental': 'false',
    ostype: engine.platform.os,
    server: `trustsandbox/${settings.version} (${engine.platform.os})`,
  };
  app.use(async (c, next) => {
    splitVersion(new URL(c.req.url).pathname); // throws for versions that are not spoken here
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  });
  app.onError((thrown) => {
    const reply = errorReply(thrown, settings.log);
    for (const [name, value] of Object.entries(headers)) reply.headers.set(name, value);
    return reply;
  });
  const execs = new ExecSessions(settings.host, engine.events.publish);
  routeSystem(app, engine, settings);
  routeEvents(app, engine, settings);
  routeRegistries(app, engine);
  routeImages(app, engine, settings);
  routeContainers(app, engine, settings, execs);
  routeExec(app, settings, execs);
  routeStats(app, settings);
  routeArchive(app, settings);
  routeNetworks(app, settings);
  routeVolumes(app, settings);
  routeAbsent(app, settings);
  return { app, context: { engine, settings, execs } };
}

function unversionedPath(request: Request): string {
  const { pathname } = new URL(request.url);
  try {
    return splitVersion(pathname).path;
  } catch (thrown) {
    if (thrown instanceof ApiVersionError) return pathname; // told by the first handler
    throw thrown;
  }
}
