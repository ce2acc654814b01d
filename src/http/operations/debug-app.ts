import { createApp, type NodeApp } from '../app.ts';
import type { Health } from './health.ts';
import type { RequestMetrics } from './request-metrics.ts';

/**
 * What operators ask a server, on a port of its own:
 *
 *     GET /debug/health    200 {} or 503 with what is wrong, by name (as CNCF distribution)
 *     GET <metricsPath>    Prometheus, where there are metrics
 */
export function createDebugApp(options: {
  readonly health: Health;
  readonly metrics?: RequestMetrics | undefined;
  readonly metricsPath?: string;
}): NodeApp {
  const { health, metrics, metricsPath = '/metrics' } = options;
  const app = createApp();
  app.get('/debug/health', (c) => {
    const report = health.report();
    return c.json(Object.fromEntries(report), report.size === 0 ? 200 : 503);
  });
  if (metrics) {
    app.get(metricsPath, async () => {
      const { contentType, text } = await metrics.expose();
      return new Response(text, { headers: { 'content-type': contentType } });
    });
  }
  return app;
}
