import { dirname } from 'node:path';
import * as v from 'valibot';
import { errorMessage, TrustSandboxError } from '../core/index.ts';
import { createApp, type NodeApp, readBody } from '../http/index.ts';
import { formatFault, parseFault } from './front/fault.ts';
import { type ProjectPaths, projectPaths } from './project.ts';
import { parseProjectName } from './project-name.ts';
import type { Sandbox } from './sandbox.ts';
import type { SandboxChange } from './sandbox-options.ts';
import { EXIT_KILLED } from './sandbox-record.ts';
import { ServiceStartError } from './service-errors.ts';
import { forkHeld, restoreHeld, saveHeld } from './snapshots/held-snapshots.ts';
import { parseSnapshotName } from './snapshots/snapshots.ts';
import { explainStartFailure } from './start-failure.ts';

/** What the control socket can do to services. */
export const SERVICE_ACTIONS = ['start', 'stop', 'restart', 'kill', 'pause', 'unpause'] as const;
export type ServiceAction = (typeof SERVICE_ACTIONS)[number];

const MAX_BODY_BYTES = 4 * 1024 * 1024; // a plan is as large as its compose file
const servicesSchema = v.object({ services: v.optional(v.array(v.string())) });
/** As `up` has read it from the file: only this program can ask, of the same user. */
const changeSchema = v.custom<SandboxChange>(
  (value) => typeof value === 'object' && value !== null && 'plan' in value && 'disabled' in value,
);
const clockSchema = v.object({ offsetMs: v.number() });
const faultSchema = v.object({ words: v.array(v.string()), isAdded: v.optional(v.boolean(), false) });

/**
 * The background process's own interface, on a unix socket that only its user can open. Bodies and answers are JSON.
 *
 *     GET    /                           the record of what runs
 *     POST   /services/<action>          {services?: […]}: all when none is named
 *     PUT    /plan                       a `SandboxChange`: what `up` of another compose file asks for
 *     PUT    /clock                      {offsetMs}
 *     GET    /faults                     words of each fault, by service
 *     POST   /faults/<service>           {words, isAdded?}
 *     DELETE /faults[/<service>]
 *     GET    /events?after=N[&follow]    a line each
 *     POST   /snapshots/<name>           save;  POST /snapshots/<name>/restore
 *     POST   /fork/<project>
 *     POST   /down                       stop everything and end the process; the reply ends with the connection, when
 *                                        the socket is gone
 */
export function createControlApp(
  sandbox: Sandbox,
  paths: ProjectPaths,
  hooks: { changed(): Promise<void>; down(): void },
): NodeApp {
  const app = createApp();
  const starting = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      throw new ServiceStartError(explainStartFailure(cause, paths), { cause });
    } finally {
      await hooks.changed();
    }
  };
  app.get('/', (c) => c.json(sandbox.record));
  app.post('/services/:action', async (c) => {
    const { action } = c.req.param();
    const found = SERVICE_ACTIONS.find((name) => name === action);
    if (!found) return c.json({ message: `no such action: ${action}` }, 404);
    const { services } = v.parse(servicesSchema, await jsonBody(c.env.incoming));
    await starting(() => act(sandbox, found, services));
    return c.json(sandbox.record);
  });
  app.put('/plan', async (c) => {
    const change = v.parse(changeSchema, await jsonBody(c.env.incoming));
    await starting(() => sandbox.change(change));
    return c.json(sandbox.record);
  });
  app.put('/clock', async (c) => {
    await sandbox.moveClock(v.parse(clockSchema, await jsonBody(c.env.incoming)).offsetMs);
    await hooks.changed();
    return c.json(sandbox.record);
  });
  app.get('/faults', (c) =>
    c.json(Object.fromEntries([...sandbox.faults()].map(([service, faults]) => [service, faults.map(formatFault)]))),
  );
  app.post('/faults/:service', async (c) => {
    const { service } = c.req.param();
    const { words, isAdded } = v.parse(faultSchema, await jsonBody(c.env.incoming));
    const earlier = isAdded ? (sandbox.faults().get(service) ?? []) : [];
    sandbox.setFaults(service, [...earlier, parseFault(words)]);
    return c.json({});
  });
  app.on('DELETE', ['/faults', '/faults/:service'], (c) => {
    const service = c.req.param('service');
    const all = [...sandbox.faults()].filter(([, faults]) => faults.length > 0).map(([name]) => name);
    for (const name of service === undefined ? all : [service]) sandbox.setFaults(name, []);
    return c.json({});
  });
  app.get('/events', (c) => eventStream(sandbox, c.req.query('after'), c.req.query('follow') !== undefined));
  app.post('/snapshots/:name', async (c) =>
    c.json(await saveHeld(sandbox, paths, parseSnapshotName(c.req.param('name')))),
  );
  app.post('/snapshots/:name/restore', async (c) => {
    await restoreHeld(sandbox, paths, parseSnapshotName(c.req.param('name')));
    await hooks.changed();
    return c.json({});
  });
  app.post('/fork/:project', async (c) => {
    await forkHeld(sandbox, paths, projectPaths(dirname(paths.root), parseProjectName(c.req.param('project'))));
    return c.json({});
  });
  app.post('/down', async (_c) => {
    await sandbox[Symbol.asyncDispose]();
    hooks.down();
    return new Response(new ReadableStream());
  });
  app.onError((error, c) => {
    const isAsked = error instanceof TrustSandboxError || error instanceof v.ValiError;
    return c.json({ message: errorMessage(error) }, isAsked ? 400 : 500);
  });
  return app;
}

async function act(sandbox: Sandbox, action: ServiceAction, services: readonly string[] | undefined): Promise<void> {
  const names = services ?? sandbox.record.services.map(({ name }) => name);
  if (action === 'pause' || action === 'unpause') {
    for (const name of names) sandbox.pauseService(name, action === 'pause');
    return;
  }
  if (action !== 'start') {
    const exitCode = action === 'kill' ? EXIT_KILLED : 0;
    if (services) for (const name of services) await sandbox.stopService(name, exitCode);
    else await sandbox.stopServices(exitCode);
  }
  if (action === 'start' || action === 'restart') await sandbox.startServices(names);
}

async function jsonBody(incoming: AsyncIterable<Uint8Array>): Promise<unknown> {
  const text = String(await readBody(incoming as Parameters<typeof readBody>[0], MAX_BODY_BYTES));
  try {
    return JSON.parse(text || '{}');
  } catch {
    return undefined;
  }
}

/** Events remembered after `after`, then, if asked for, those to come, until the reader goes away. */
function eventStream({ events }: Sandbox, after: string | undefined, follows: boolean): Response {
  const lineOf = (event: object): Uint8Array => Buffer.from(`${JSON.stringify(event)}\n`);
  let unsubscribe = (): void => undefined;
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const event of events.list(Number(after ?? 0) || 0)) controller.enqueue(lineOf(event));
      if (follows) unsubscribe = events.subscribe((event) => controller.enqueue(lineOf(event)));
      else controller.close();
    },
    cancel: () => unsubscribe(),
  });
  return new Response(stream, { headers: { 'content-type': 'application/x-ndjson' } });
}
