import type { ObserveRequest } from './request-summary.ts';

/** Counts and times of requests, and of the process, for Prometheus. */
export interface RequestMetrics {
  readonly observe: ObserveRequest;
  /** The exposition, and its media type. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const DURATION_BUCKETS_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];
const SIZE_BUCKETS_BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/**
 * Opens metrics whose names begin with `prefix`: `registry_http_requests_total{code,handler,method}` and the like, as
 * CNCF distribution v3 names them. Loads the Prometheus client, so only programs that serve metrics call it.
 */
export async function openRequestMetrics(prefix: string): Promise<RequestMetrics> {
  const { Counter, collectDefaultMetrics, Histogram, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: `${prefix}_http_requests_total`,
    help: 'Total number of HTTP requests made.',
    labelNames: ['code', 'handler', 'method'],
    registers,
  });
  const duration = new Histogram({
    name: `${prefix}_http_request_duration_seconds`,
    help: 'The HTTP request latencies in seconds.',
    labelNames: ['handler', 'method'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const size = new Histogram({
    name: `${prefix}_http_response_size_bytes`,
    help: 'The HTTP response sizes in bytes.',
    labelNames: ['handler'],
    buckets: SIZE_BUCKETS_BYTES,
    registers,
  });
  return {
    observe({ method, route, status, durationMs, responseBytes }) {
      requests.inc({ code: status, handler: route, method });
      duration.observe({ handler: route, method }, durationMs / 1000);
      size.observe({ handler: route }, responseBytes);
    },
    async expose() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
