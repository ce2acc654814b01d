import { createApp, type ListenAddress, listen } from '../../http/index.ts';
import type { NotaryServer } from '../http/server.ts';

/** The address beside the server's own, where it is asked how it is. */
export interface DebugServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts `/debug/health` and `/metrics`, in plain HTTP and without tokens. */
export async function openDebug(address: ListenAddress, server: NotaryServer): Promise<DebugServer> {
  const app = createApp();
  app.get('/debug/health', async (c) => {
    const report = await server.health();
    return c.json(Object.fromEntries(report), report.size === 0 ? 200 : 503);
  });
  app.get('/metrics', () => {
    const { headers, body } = server.metrics();
    return new Response(String(body), { headers });
  });
  const listener = await listen(app, address);
  return { url: listener.url, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}
