import { Hono } from 'hono';
import { type Clock, type Log, silentLog, systemClock } from '../../core/index.ts';
import type { NodeApp, NodeEnv } from '../../http/index.ts';
import type { Engine } from '../engine.ts';
import { routeAbsent } from './absent.ts';
import { ApiVersionError, MAX_API_VERSION, splitVersion } from './api-version.ts';
import { containerJson, type ListedContainer } from './container-json.ts';
import { routeImages } from './images.ts';
import { errorReply, jsonReply } from './reply.ts';
import { routeSystem } from './system.ts';

export type { ListedContainer } from './container-json.ts';

/** What the API tells of the program it is part of. */
export interface EngineApiSettings {
  /** Our version. */
  readonly version: string;
  readonly startedAt: Date;
  readonly clock: Clock;
  readonly log: Log;
  /** The store's folder, for people. */
  readonly root?: string;
  /** What `docker ps` shows: the sandbox's services. */
  readonly listContainers?: () => readonly ListedContainer[];
}

const UNKNOWN_VERSION = '0.0.0';

/**
 * The Docker Engine API over an engine (v1.24 to v1.50, "Docker Engine API"): images and what belongs to them. Paths
 * may begin with a version, `/v1.41/…`. Put it on a socket with `listen`.
 */
export function createEngineApi(engine: Engine, given: Partial<EngineApiSettings> = {}): NodeApp {
  const { clock = systemClock } = given;
  const settings: EngineApiSettings = {
    version: UNKNOWN_VERSION,
    startedAt: clock.now(),
    log: silentLog,
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
  routeSystem(app, engine, settings);
  routeImages(app, engine, settings.log);
  app.get('/containers/json', (c) => {
    const isAll = ['1', 'true'].includes(c.req.query('all') ?? '');
    const listed = (settings.listContainers?.() ?? []).filter(({ state }) => isAll || state === 'running');
    return jsonReply(listed.map((container) => containerJson(container)));
  });
  routeAbsent(app);
  return app;
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
