import { Readable } from 'node:stream';
import type { EngineHost } from '../../host/host.ts';
import { BadParameterError, bytesReply } from '../reply.ts';

const CONDITIONS = new Set(['not-running', 'next-exit', 'removed']);

/** Answers at once, and says with what a container ended when it does (Engine API v1.51, `ContainerWait`). */
export function waitReply(host: EngineHost, id: string, condition: string, signal: AbortSignal): Response {
  if (!CONDITIONS.has(condition)) throw new BadParameterError(`invalid condition: "${condition.slice(0, 40)}"`);
  const now = host.containers().find((container) => container.id === id);
  const isOver = condition === 'not-running' && now?.state !== 'running';
  const code = isOver ? Promise.resolve(now?.exitCode ?? 0) : nextExit(host, id, signal);
  return bytesReply(Readable.from(lines(code), { objectMode: false }), 'application/json');
}

async function* lines(code: Promise<number | undefined>): AsyncGenerator<string> {
  const status = await code;
  if (status !== undefined) yield `${JSON.stringify({ StatusCode: status })}\n`;
}

/** Undefined when nobody waits any more. */
function nextExit(host: EngineHost, id: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    const unsubscribe = host.subscribe((event) => {
      if (event.id === id && event.action === 'die') settle(event.exitCode ?? 0);
    });
    const onAbort = (): void => settle(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    function settle(status: number | undefined): void {
      unsubscribe();
      signal.removeEventListener('abort', onAbort);
      resolve(status);
    }
  });
}
