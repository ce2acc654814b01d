import type { ServerResponse } from 'node:http';

type Callback = (error?: Error | null) => void;

/** How often a slow answer goes on. */
const TICK_MS = 50;

/** Ends the connection once `limit` bytes of the body are sent; `half` of it, where its length is told. */
export function truncateAnswer(outgoing: ServerResponse, limit: number | 'half'): void {
  const { socket } = outgoing;
  let left: number | undefined = limit === 'half' ? undefined : limit;
  let isCut = false;
  interceptBody(
    outgoing,
    (chunk, send) => {
      left ??= Math.floor((Number(outgoing.getHeader('content-length')) || chunk.length) / 2);
      if (isCut) return;
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length > 0) send(part);
      else outgoing.flushHeaders();
      if (left > 0) return;
      isCut = true;
      socket?.destroySoon();
    },
    (finish) => {
      if (!isCut) finish();
    },
  );
}

/** Sends no more than `bytesPerSecond` of the body. */
export function slowAnswer(outgoing: ServerResponse, bytesPerSecond: number): void {
  let queue: Buffer[] = [];
  let isEnded = false;
  let end: (() => void) | undefined;
  let allowance = 0;
  const timer = setInterval(() => {
    allowance += (bytesPerSecond * TICK_MS) / 1000;
    const whole = Buffer.concat(queue);
    const count = Math.min(whole.length, Math.floor(allowance));
    allowance = whole.length === 0 ? 0 : allowance - count;
    queue = count < whole.length ? [whole.subarray(count)] : [];
    if (count > 0) forward?.(whole.subarray(0, count));
    if (queue.length === 0 && isEnded) {
      clearInterval(timer);
      end?.();
    }
  }, TICK_MS);
  let forward: ((part: Buffer) => void) | undefined;
  outgoing.once('close', () => clearInterval(timer));
  interceptBody(
    outgoing,
    (chunk, send) => {
      forward = send;
      queue.push(chunk);
    },
    (finish) => {
      isEnded = true;
      end = finish;
    },
  );
}

/** Gives each part of the body to `onChunk` in place of sending it, and the end to `onEnd`. */
function interceptBody(
  outgoing: ServerResponse,
  onChunk: (chunk: Buffer, send: (part: Buffer) => void) => void,
  onEnd: (finish: () => void) => void = (finish) => finish(),
): void {
  const write = outgoing.write.bind(outgoing) as (chunk: Buffer) => boolean;
  const end = outgoing.end.bind(outgoing) as () => unknown;
  const take = (chunk: unknown, encoding: unknown): void => {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk as Uint8Array);
    if (bytes.length > 0) onChunk(bytes, (part) => part.length > 0 && write(part));
  };
  const callbackOf = (args: readonly unknown[]): Callback | undefined =>
    args.find((arg) => typeof arg === 'function') as Callback | undefined;
  outgoing.write = ((...args: unknown[]) => {
    take(args[0], args[1]);
    const callback = callbackOf(args);
    if (callback) setImmediate(callback);
    return true;
  }) as typeof outgoing.write;
  outgoing.end = ((...args: unknown[]) => {
    take(args[0], args[1]);
    const callback = callbackOf(args);
    if (callback) outgoing.once('finish', () => callback());
    onEnd(() => end());
    return outgoing;
  }) as typeof outgoing.end;
}
