import { expect, test } from 'vitest';
import { createDebugApp } from './debug-app.ts';
import { Health } from './health.ts';
import { openRequestMetrics } from './request-metrics.ts';
import { traceIdOf } from './trace-id.ts';

test('a check that fails often enough makes the server ill, and one success makes it well', async () => {
  let problem: Error | undefined = new Error('disk is gone');
  const check = async (): Promise<void> => {
    if (problem) throw problem;
  };
  const health = new Health([{ name: 'storage', threshold: 2, check }]);
  const app = createDebugApp({ health });
  const ask = async () => {
    const answer = await app.request('/debug/health');
    return { status: answer.status, body: await answer.json() };
  };
  await health.run();
  expect(await ask()).toEqual({ status: 200, body: {} });
  await health.run();
  expect(await ask()).toEqual({ status: 503, body: { storage: 'disk is gone' } });
  problem = undefined;
  await health.run();
  expect(await ask()).toEqual({ status: 200, body: {} });
});

test('a check that never ends has failed', async () => {
  const health = new Health([{ name: 'stuck', threshold: 1, check: () => new Promise(() => undefined) }], {
    timeoutMs: 1,
  });
  await health.run();
  expect(health.report().get('stuck')).toBe('no answer within 1 ms');
});

test('requests are counted by status, route and method, in the names of distribution', async () => {
  const metrics = await openRequestMetrics('registry');
  for (const status of [200, 200, 404]) {
    metrics.observe({
      method: 'GET',
      route: '/v2/<name>/manifests/<reference>',
      status,
      durationMs: 3,
      responseBytes: 700,
    });
  }
  const answer = await createDebugApp({ health: new Health([]), metrics }).request('/metrics');
  const text = await answer.text();
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain(
    'registry_http_requests_total{code="200",handler="/v2/<name>/manifests/<reference>",method="GET"} 2',
  );
  expect(text).toContain(
    'registry_http_requests_total{code="404",handler="/v2/<name>/manifests/<reference>",method="GET"} 1',
  );
  expect(text).toMatch(/registry_http_request_duration_seconds_bucket\{le="0\.005",.*\} 3/);
  expect(text).toContain('process_cpu_user_seconds_total');
});

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
  [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
  ['nonsense', undefined],
  [undefined, undefined],
])('of traceparent %j the trace id is %j, or a new one', (traceparent, id) => {
  const found = traceIdOf(traceparent);
  expect(found).toMatch(/^[0-9a-f]{32}$/);
  if (id) expect(found).toBe(id);
  else expect(found).not.toBe(traceIdOf(traceparent));
});
