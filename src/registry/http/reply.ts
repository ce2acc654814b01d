import type { ServerResponse } from 'node:http';
import type { Source } from '../stat-cache.ts';
import type { Happening } from './happening.ts';

/** What a handler answers. `stream` writes a body of `content-length` bytes that is not at hand, and ends the response. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly stream?: (outgoing: ServerResponse) => Promise<void>;
  /** What it was made from, and what alone it depends on; left out when it depends on more, or need not be kept. */
  readonly sources?: readonly Source[];
  /** May it be given to a HEAD again? Left out: yes. */
  readonly isGoodForHead?: () => boolean;
  /** What those who listen to the registry are told once this has been sent. */
  readonly happening?: () => Happening;
}

/** On every answer, as docker and the recordings have it. */
export const COMMON_HEADERS = {
  'Docker-Distribution-Api-Version': 'registry/2.0',
  'X-Content-Type-Options': 'nosniff',
} as const;

export function jsonReply(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return textReply(status, `${JSON.stringify(value)}\n`, {
    'Content-Type': 'application/json; charset=utf-8',
    ...headers,
  });
}

export function textReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  };
}

export function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  const mayHaveBody = status !== 204 && status !== 304;
  return { status, headers: mayHaveBody ? { 'Content-Length': '0', ...headers } : headers };
}

/** Writes straight to Node's response, which costs a third less than a web `Response` in between. */
export async function sendReply(outgoing: ServerResponse, reply: Reply, isHead: boolean): Promise<void> {
  outgoing.writeHead(reply.status, { ...COMMON_HEADERS, ...reply.headers });
  if (isHead) outgoing.end();
  else if (reply.stream) await reply.stream(outgoing);
  else outgoing.end(reply.body);
}
