import { parseImageReference } from '../../../core/index.ts';
import type { NodeApp } from '../../../http/index.ts';
import type { Engine } from '../../engine.ts';
import type { HostContainer } from '../../host/container.ts';
import { parseFilters } from '../filters.ts';
import { BadParameterError, bytesReply, ConflictError, jsonReply, UnsupportedError } from '../reply.ts';
import { abortOnClose, isSet, minorOf } from '../request.ts';
import type { EngineApiSettings } from '../settings.ts';
import type { ExecSessions } from './exec-sessions.ts';
import { inspectJson } from './inspect-json.ts';
import { CONTAINER_FILTERS, selectContainers } from './list.ts';
import { logStream } from './logs.ts';
import { getContainer } from './lookup.ts';
import { parseSignal } from './signal.ts';
import { summaryJson } from './summary-json.ts';
import { topJson } from './top-json.ts';
import { waitReply } from './wait.ts';

const DEFAULT_TIMEOUT_SECONDS = 10;
const NOT_MODIFIED = 304;
const DONE = 204;

/** Containers of the Docker Engine API (v1.51, "Containers"), as far as a host can play them. */
export function routeContainers(app: NodeApp, engine: Engine, settings: EngineApiSettings, execs: ExecSessions): void {
  const { host, clock } = settings;
  const find = (name: string): HostContainer => getContainer(host, name);
  app.get('/containers/json', async (c) => {
    const filters = parseFilters(c.req.query('filters'), CONTAINER_FILTERS);
    const limit = Number(c.req.query('limit') ?? 0);
    const query = { isAll: isSet(c.req.query('all')), limit: limit > 0 ? limit : undefined, filters };
    const containers = selectContainers(host.containers(), query);
    return jsonReply(
      await Promise.all(containers.map(async (one) => summaryJson(one, await imageIdOf(engine, one), clock.now()))),
    );
  });
  app.get('/containers/:name{.+}/json', async (c) => {
    const container = find(c.req.param('name'));
    return jsonReply(inspectJson(container, await imageIdOf(engine, container), execs.idsOf(container.id)));
  });
  app.get('/containers/:name/logs', (c) => {
    const { id } = find(c.req.param('name'));
    const type = minorOf(c) < 42 ? 'raw' : 'multiplexed';
    const query = Object.fromEntries(new URL(c.req.url).searchParams);
    const log = logStream(host, id, query, clock.now(), abortOnClose(c));
    return bytesReply(log, `application/vnd.docker.${type}-stream`);
  });
  app.get('/containers/:name/top', async (c) => {
    const { id, state } = find(c.req.param('name'));
    if (state !== 'running') throw new ConflictError(`container ${id} is not running`);
    return jsonReply(topJson(await host.processes(id)));
  });
  app.post('/containers/:name/wait', (c) => {
    const { id } = find(c.req.param('name'));
    return waitReply(host, id, c.req.query('condition') ?? 'not-running', abortOnClose(c));
  });
  app.post('/containers/:name/start', async (c) => {
    const { id, state } = find(c.req.param('name'));
    if (state === 'running') return new Response(null, { status: NOT_MODIFIED });
    await host.start(id);
    return new Response(null, { status: DONE });
  });

  /** Ends a container; one that this very API is part of after the answer, which it could not send any more. */
  const stop = async (
    container: HostContainer,
    timeoutMs: number,
    outgoing: NodeJS.EventEmitter,
    then?: () => Promise<void>,
  ) => {
    const work = async (): Promise<void> => {
      await host.stop(container.id, { timeoutMs });
      await then?.();
    };
    if (!container.isOwn) return work();
    outgoing.once('finish', () => {
      work().catch((cause: unknown) => settings.log.error('container not stopped', { id: container.id, cause }));
    });
  };
  app.post('/containers/:name/stop', async (c) => {
    const container = find(c.req.param('name'));
    const timeoutMs = timeoutOf(c.req.query('t'));
    if (container.state !== 'running') return new Response(null, { status: NOT_MODIFIED });
    await stop(container, timeoutMs, c.env.outgoing);
    return new Response(null, { status: DONE });
  });
  app.post('/containers/:name/restart', async (c) => {
    const container = find(c.req.param('name'));
    await stop(container, timeoutOf(c.req.query('t')), c.env.outgoing, () => host.start(container.id));
    return new Response(null, { status: DONE });
  });
  app.post('/containers/:name/kill', async (c) => {
    const name = c.req.param('name');
    const container = find(name);
    const signal = parseSignal(c.req.query('signal') ?? 'SIGKILL');
    const { id, state } = container;
    if (state !== 'running') throw new ConflictError(`cannot kill container: ${name}: container ${id} is not running`);
    if (!signal.isFatal) {
      throw new UnsupportedError(`${signal.name}: a service of the sandbox takes no signals but those that end it`);
    }
    const attributes = {
      ...container.labels,
      image: container.image,
      name: container.name,
      signal: String(signal.number),
    };
    engine.events.publish({ type: 'container', action: 'kill', id, attributes });
    await stop(container, 0, c.env.outgoing);
    return new Response(null, { status: DONE });
  });
}

/** The id of the image that a container's image is called by, where it is here. */
async function imageIdOf(engine: Engine, { image }: HostContainer) {
  try {
    parseImageReference(image);
    return (await engine.inspect(image)).image.id;
  } catch {
    return undefined;
  }
}

/** Seconds of `t`; -1 waits for ever, which nothing here needs. */
function timeoutOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_TIMEOUT_SECONDS * 1000;
  if (!/^-?\d{1,9}$/.test(text)) throw new BadParameterError(`invalid timeout: ${text.slice(0, 40)}`);
  return Math.max(0, Number(text)) * 1000;
}
