import { randomUUID } from 'node:crypto';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;
const NONE = '0'.repeat(32);

/** Id that ties together what several programs log of one request: the caller's (W3C Trace Context §3.2), else a new one. */
export function traceIdOf(traceparent: string | undefined): string {
  const given = TRACEPARENT.exec(traceparent ?? '')?.[1];
  return given && given !== NONE ? given : randomUUID().replaceAll('-', '');
}
