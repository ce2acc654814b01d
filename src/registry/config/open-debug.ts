import type { Server } from 'node:net';
import { createDebugApp, type Health, listen, type ObserveRequest, openRequestMetrics } from '../../http/index.ts';
import type { HttpConfig } from './http.ts';

/** The address beside the registry's own, where it is asked how it is. */
export interface DebugServer extends AsyncDisposable {
  readonly observe: ObserveRequest | undefined;
  readonly url: string;
  readonly server: Server;
}

/** Starts what `http.debug` says: `/debug/health`, and metrics where wanted. */
export async function openDebug({ debug }: HttpConfig, health: Health): Promise<DebugServer | undefined> {
  if (!debug) return undefined;
  const { metricsPath } = debug;
  const metrics = metricsPath === undefined ? undefined : await openRequestMetrics('registry');
  const app = createDebugApp({ health, metrics, ...(metricsPath === undefined ? {} : { metricsPath }) });
  const listener = await listen(app, debug.address);
  const { url, server } = listener;
  return { observe: metrics?.observe, url, server, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}
