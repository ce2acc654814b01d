import { errorMessage, TrustSandboxError } from '../core/index.ts';
import { createApp, type NodeApp } from '../http/index.ts';
import type { Sandbox } from './sandbox.ts';

/** What the control socket can do to a service. */
export type ServiceAction = 'start' | 'stop' | 'restart';
const ACTIONS = new Set<string>(['start', 'stop', 'restart'] satisfies ServiceAction[]);

/**
 * The background process's own interface, on a unix socket that only its user can open:
 *
 *     GET  /                            the record of what runs
 *     POST /services/<name>/<action>    start, stop, restart
 *     POST /down                        stop everything and end the process; the reply ends with the connection, when
 *                                       the socket is gone
 */
export function createControlApp(sandbox: Sandbox, hooks: { changed(): Promise<void>; down(): void }): NodeApp {
  const app = createApp();
  app.get('/', (c) => c.json(sandbox.record));
  app.post('/services/:name/:action', async (c) => {
    const { name, action } = c.req.param();
    if (!ACTIONS.has(action)) return c.json({ message: `no such action: ${action}` }, 404);
    if (action !== 'start') await sandbox.stopService(name);
    if (action !== 'stop') await sandbox.startService(name);
    await hooks.changed();
    return c.json(sandbox.record);
  });
  app.post('/down', async (_c) => {
    await sandbox[Symbol.asyncDispose]();
    hooks.down();
    return new Response(new ReadableStream());
  });
  app.onError((error, c) => c.json({ message: errorMessage(error) }, error instanceof TrustSandboxError ? 404 : 500));
  return app;
}
