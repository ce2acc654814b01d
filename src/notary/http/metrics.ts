import type { Reply } from './reply.ts';

/** How many requests of each operation were answered how. */
export class RequestCounts {
  readonly #counts = new Map<string, number>();

  async count(operation: string, method: string, handle: () => Promise<Reply>): Promise<Reply> {
    const reply = await handle();
    const labels = `code="${reply.status}",method="${method.toLowerCase()}",operation="${operation}"`;
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1);
    return reply;
  }

  entries(): Iterable<[labels: string, count: number]> {
    return this.#counts.entries();
  }
}

/** Prometheus text (exposition format 0.0.4), under the original's name. */
export function formatMetrics(counts: RequestCounts): string {
  const name = 'notary_server_http_requests_total';
  const lines = [`# HELP ${name} Total number of HTTP requests made.`, `# TYPE ${name} counter`];
  for (const [labels, count] of counts.entries()) lines.push(`${name}{${labels}} ${count}`);
  return `${lines.join('\n')}\n`;
}
