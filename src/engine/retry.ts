import { setTimeout as sleep } from 'node:timers/promises';
import {
  type RegistryClientError,
  RegistryRefusedError,
  RegistryStatusError,
  RegistryTokenError,
} from '../registry/client/index.ts';
import { type Emit, step } from './progress-event.ts';
import { BlobDamagedError } from './store/blob-store.ts';

/**
 * When a layer that failed is tried again. Docker's: after 5, 10, 15, 20 and 25 seconds, counted down aloud; a config
 * after 1, 2, 4 and 8. `wait` is injected so that tests and the walk-through need not sit through it.
 */
export interface RetrySchedule {
  readonly layerDelaysSeconds: readonly number[];
  readonly configDelaysSeconds: readonly number[];
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const dockerRetrySchedule: RetrySchedule = {
  layerDelaysSeconds: [5, 10, 15, 20, 25],
  configDelaysSeconds: [1, 2, 4, 8],
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** Trying again would give the same. */
export class FinalError extends Error {
  readonly reason: Error;
  constructor(reason: Error) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

const FINAL_CODES: ReadonlySet<string> = new Set([
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
  'NAME_UNKNOWN',
  'BLOB_UNKNOWN',
  'MANIFEST_UNKNOWN',
]);

/** Does a layer's work until it succeeds, counting down the delays in between. Throws what the last try threw. */
export async function retryLayer<T>(
  schedule: RetrySchedule,
  id: string,
  emit: Emit,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof FinalError) throw thrown.reason;
      const delay = schedule.layerDelaysSeconds[tries];
      if (delay === undefined || isFinal(thrown)) throw thrown;
      for (let left = delay; left > 0; left -= 1) {
        emit(step(id, `Retrying in ${left} second${left === 1 ? '' : 's'}`));
        await schedule.wait(1000, signal);
      }
    }
  }
}

/** Whether the registry's answer is one that asking again won't change. */
export function isFinal(thrown: unknown): boolean {
  if (thrown instanceof RegistryRefusedError) return FINAL_CODES.has(thrown.reason) || thrown.status === 404;
  if (thrown instanceof RegistryStatusError || thrown instanceof RegistryTokenError) return true;
  if (thrown instanceof BlobDamagedError) return true;
  return (thrown as Partial<RegistryClientError | NodeJS.ErrnoException>).code === 'ENOSPC';
}
