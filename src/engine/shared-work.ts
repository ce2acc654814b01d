import type { Digest } from '../core/index.ts';
import type { Emit } from './progress-event.ts';

interface Running<T> {
  readonly done: Promise<T>;
  readonly listeners: Set<Emit>;
}

/**
 * Work that several pulls want done for one blob is done once: the first does it, others wait and hear of it. Where the first
 * is stopped, one of the others begins anew; work is told whether there are others, so that it can leave them what it has.
 */
export class SharedWork<T> {
  readonly #running = new Map<Digest, Running<T>>();

  /** @throws what the work throws; the reason of `signal` */
  async join(
    key: Digest,
    emit: Emit,
    signal: AbortSignal,
    start: (emit: Emit, isWanted: () => boolean) => Promise<T>,
  ): Promise<T> {
    while (true) {
      signal.throwIfAborted();
      const running = this.#running.get(key);
      if (!running) return await this.#lead(key, emit, start);
      running.listeners.add(emit);
      try {
        return await orAbort(running.done, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        if (!isAbort(thrown)) throw thrown;
      } finally {
        running.listeners.delete(emit);
      }
    }
  }

  async #lead(key: Digest, emit: Emit, start: (emit: Emit, isWanted: () => boolean) => Promise<T>): Promise<T> {
    const listeners = new Set([emit]);
    const done = start(
      (event) => {
        for (const tell of listeners) tell(event);
      },
      () => listeners.size > 1,
    );
    this.#running.set(key, { done, listeners });
    try {
      return await done;
    } finally {
      this.#running.delete(key);
    }
  }
}

export function isAbort(reason: unknown): boolean {
  return (reason as Partial<Error>).name === 'AbortError';
}

function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
