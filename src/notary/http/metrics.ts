import { readdirSync } from 'node:fs';
import { Quantiles } from './quantiles.ts';

/** One request that was answered. */
export interface ObservedRequest {
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

const PREFIX = 'notary_server_http';
/** The summaries of notary-server 0.7, and what each measures. */
const SUMMARIES = [
  { name: 'request_duration_microseconds', help: 'The HTTP request latencies in microseconds.' },
  { name: 'request_size_bytes', help: 'The HTTP request sizes in bytes.' },
  { name: 'response_size_bytes', help: 'The HTTP response sizes in bytes.' },
] as const;
const QUANTILES = [0.5, 0.9, 0.99];

/** Counts and sizes of requests by operation, under the names, types and labels of the original. */
export class NotaryMetrics {
  readonly #counts = new Map<string, number>();
  readonly #summaries: Map<string, readonly Quantiles[]>;

  /** `operations` are shown before they are asked for. */
  constructor(operations: readonly string[]) {
    const now = performance.now();
    this.#summaries = new Map(
      [...new Set(operations)].sort().map((operation) => [operation, SUMMARIES.map(() => new Quantiles(now))]),
    );
  }

  observe({ operation, method, status, durationMs, requestBytes, responseBytes }: ObservedRequest): void {
    const summaries = this.#summaries.get(operation);
    if (!summaries) return; // health and ping are not counted there either
    const labels = `code="${status}",method="${method.toLowerCase()}",operation="${operation}"`;
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1);
    const now = performance.now();
    [durationMs * 1000, requestBytes, responseBytes].forEach((value, index) => {
      summaries[index]?.note(value, now);
    });
  }

  /** Prometheus text (exposition format 0.0.4). */
  format(): string {
    const now = performance.now();
    const lines: string[] = [];
    SUMMARIES.forEach(({ name, help }, index) => {
      lines.push(`# HELP ${PREFIX}_${name} ${help}`, `# TYPE ${PREFIX}_${name} summary`);
      for (const [operation, summaries] of this.#summaries) {
        const summary = summaries[index];
        if (!summary) continue;
        const label = `operation="${operation}"`;
        summary.at(QUANTILES, now).forEach((value, at) => {
          lines.push(`${PREFIX}_${name}{${label},quantile="${QUANTILES[at]}"} ${value}`);
        });
        lines.push(
          `${PREFIX}_${name}_sum{${label}} ${summary.sum}`,
          `${PREFIX}_${name}_count{${label}} ${summary.count}`,
        );
      }
    });
    lines.push(`# HELP ${PREFIX}_requests_total Total number of HTTP requests made.`);
    lines.push(`# TYPE ${PREFIX}_requests_total counter`);
    for (const [labels, count] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
      lines.push(`${PREFIX}_requests_total{${labels}} ${count}`);
    return `${[...lines, ...processLines()].join('\n')}\n`;
  }
}

/** What Prometheus' clients say of their process. */
function processLines(): string[] {
  const { user, system } = process.cpuUsage();
  const values: readonly (readonly [string, string, string, number | undefined])[] = [
    ['process_cpu_seconds_total', 'counter', 'Total user and system CPU time spent in seconds.', (user + system) / 1e6],
    ['process_open_fds', 'gauge', 'Number of open file descriptors.', countOpenFiles()],
    ['process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', process.memoryUsage.rss()],
    [
      'process_start_time_seconds',
      'gauge',
      'Start time of the process since unix epoch in seconds.',
      performance.timeOrigin / 1000,
    ],
  ];
  return values.flatMap(([name, type, help, value]) =>
    value === undefined ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value}`],
  );
}

/** Where the system tells. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
