import { request } from 'node:http';
import type { JsonObject } from '../../src/core/index.ts';
import { readBody } from '../../src/http/index.ts';
import { readRecording } from './recorded-metadata.ts';

export interface RecordedExchange {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly query: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string | JsonObject | null;
  };
  readonly response: {
    readonly status?: number;
    readonly headers?: readonly (readonly [string, string])[];
    readonly body?: string | JsonObject | null;
    /** The connection was closed without an answer. */
    readonly error?: string;
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** The exchanges of `wire/<name>.json`, in their order. */
export function readWire(name: string): RecordedExchange[] {
  return JSON.parse(readRecording(`wire/${name}.json`).toString('utf8'));
}

export function recordedHeader(exchange: RecordedExchange, name: string): string | undefined {
  return exchange.response.headers?.find(([header]) => header.toLowerCase() === name)?.[1];
}

/** When the recorded server answered. */
export function recordedDate(exchange: RecordedExchange): Date | undefined {
  const date = recordedHeader(exchange, 'date');
  return date === undefined ? undefined : new Date(date);
}

/** Sends a recorded request, or one like it with another path, to `origin` (`http://host:port`), byte for byte. */
export function replay(origin: string, { request: recorded }: RecordedExchange, path = recorded.path): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const query = recorded.query === '' ? '' : `?${recorded.query}`;
  const headers = recorded.headers.filter(
    ([name]) => !/^(host|connection|content-length|transfer-encoding)$/i.test(name),
  );
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method: recorded.method, path: path + query }, async (response) => {
      const body = await readBody(response, 10_000_000);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: body.toString('utf8') });
    });
    for (const [name, value] of headers) sent.setHeader(name, value);
    sent.on('error', reject);
    sent.end(typeof recorded.body === 'string' ? Buffer.from(recorded.body) : undefined);
  });
}
