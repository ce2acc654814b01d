import { type Clock, errorMessage, type Log } from '../../core/index.ts';
import type { Registry } from '../registry.ts';
import type { UploadPurging } from './config.ts';

/** What a timer of Node can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Gives up old uploads now and then again and again, until disposed of. */
export function startPurging(
  { ageMs, intervalMs, isDryRun }: UploadPurging,
  registry: Registry,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  const purge = async (): Promise<void> => {
    try {
      const purged = await registry.purgeUploads(new Date(clock.now().getTime() - ageMs), { isDryRun });
      if (purged.length > 0)
        log.info(isDryRun ? 'uploads would be purged' : 'uploads purged', { count: purged.length });
    } catch (error) {
      log.error('purge of uploads failed', { why: errorMessage(error) });
    }
  };
  const next = (): void => {
    running = running.then(purge);
  };
  setImmediate(next); // not before the first requests
  const timer = setInterval(next, Math.min(intervalMs, MAX_TIMER_MS));
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
